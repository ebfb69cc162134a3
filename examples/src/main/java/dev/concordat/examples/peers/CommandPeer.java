package dev.concordat.examples.peers;

import dev.concordat.Concordat;
import dev.concordat.core.Reply;
import dev.concordat.examples.business.Order;
import dev.concordat.examples.db.Sql;
import dev.concordat.examples.services.Desk;
import dev.concordat.messaging.Participant;
import dev.concordat.messaging.ReceivedCommand;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A service that carries out the commands of a saga.
 *
 * @param tasks what it can do
 */
record CommandPeer(String name, List<Task> tasks) implements Peer {

  /**
   * What one type of command asks for.
   *
   * @param command the type
   * @param moment the step that it is, or the {@link Line#compensation} of one
   * @param request what the service's desk calls it
   * @param reply the type of the reply when it is done
   */
  record Task(String command, String moment, String request, String reply) {}

  /** Without keys of any kind, so that nothing but Concordat keeps a second row out. */
  private static final String HANDLED =
      """
      CREATE TABLE handled (
        saga   text NOT NULL,
        moment text NOT NULL
      );
      """;

  @Override
  public String tables() {
    return Desk.of(name).tables() + HANDLED + Recognised.TABLE;
  }

  @Override
  public Map<String, List<String>> ears() {
    return Map.of(name, List.of(name));
  }

  @Override
  public Running start(Line line) {
    Desk desk = Desk.of(name);
    Participant participant = Participant.named(name);
    for (Task task : tasks) {
      participant =
          participant.on(task.command(), (tx, command) -> handle(tx, line, desk, task, command));
    }
    Concordat concordat =
        line.concordat(Twice::new)
            .participant(participant, line.source(name))
            .listener(new Recognised(line))
            .start();
    return concordat::close;
  }

  private static Reply handle(
      Connection tx, Line line, Desk desk, Task task, ReceivedCommand command) throws SQLException {
    String moment = task.moment();
    if (line.refuses(moment)) {
      return Reply.refused("Refused", "'" + moment + "' was told to refuse");
    }
    Optional<String> no = desk.ask(tx, task.request(), command.json(Order.class));
    if (no.isPresent()) {
      return Reply.refused("Refused", no.get());
    }
    Sql.update(tx, "INSERT INTO handled (saga, moment) VALUES (?, ?)", command.saga(), moment);
    return Reply.of(task.reply()).header(StandStill.STEP, moment);
  }
}
