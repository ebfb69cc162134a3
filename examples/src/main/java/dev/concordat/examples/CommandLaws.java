package dev.concordat.examples;

import dev.concordat.examples.peers.Line;
import dev.concordat.examples.peers.OrderSagaPeers;
import dev.concordat.messaging.Participant;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Laws about commands: what the saga's journal says of them is what the services did. */
final class CommandLaws {

  private static final List<String> SERVICES =
      List.of(OrderSagaPeers.PAYMENTS, OrderSagaPeers.INVENTORY);

  private CommandLaws() {}

  /** Every command has its reply, and what the reply says is true. */
  static Law noneLost() {
    return new Law(
        "no command is lost: each is answered, and done if and only if its answer says so",
        evidence -> {
          Map<String, Set<String>> handled = handled(evidence);
          return evidence.stories().stream()
              .flatMap(story -> lost(story, handled.getOrDefault(story.row().id(), Set.of())))
              .toList();
        });
  }

  /** No service did the same for the same order twice. */
  static Law noneTwice() {
    String sql =
        """
        SELECT saga, 'handled', moment, count(*), 'times' FROM handled
        GROUP BY saga, moment HAVING count(*) > 1
        """;
    return new Law(
        "no command is handled twice, however often it comes",
        evidence -> SERVICES.stream().flatMap(name -> evidence.rows(name, sql).stream()).toList());
  }

  private static Map<String, Set<String>> handled(Evidence evidence) {
    Map<String, Set<String>> handled = new HashMap<>();
    for (String service : SERVICES) {
      for (String row : evidence.rows(service, "SELECT saga, moment FROM handled")) {
        String saga = row.substring(0, row.indexOf(' '));
        handled.computeIfAbsent(saga, id -> new TreeSet<>()).add(row.substring(saga.length() + 1));
      }
    }
    return handled;
  }

  private static Stream<String> lost(Story story, Set<String> handled) {
    Ledger ledger = Ledger.of(story);
    String id = story.row().id() + ": '";
    return Stream.of(
            without(ledger.sent, ledger.answered).map("%s' was sent and never answered"::formatted),
            without(ledger.done, handled).map("%s' is answered as done, and is not"::formatted),
            without(handled, ledger.done).map("%s' is done, and no answer says so"::formatted))
        .flatMap(found -> found)
        .map(id::concat);
  }

  private static Stream<String> without(Set<String> all, Set<String> some) {
    return all.stream().filter(moment -> !some.contains(moment));
  }

  /** What one journal says of its commands: the steps, and compensations of steps. */
  private record Ledger(Set<String> sent, Set<String> answered, Set<String> done) {

    static Ledger of(Story story) {
      Ledger ledger = new Ledger(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
      story.moments().forEach(moment -> ledger.note(moment.event()));
      return ledger;
    }

    /** A step that was given up has its answer in the reply to its compensation. */
    private void note(SagaEvent event) {
      switch (event) {
        case SagaEvent.CommandSent e -> sent.add(e.step());
        case SagaEvent.CompensationSent e -> sent.add(Line.compensation(e.step()));
        case SagaEvent.ReplyReceived e -> reply(e);
        default -> {}
      }
    }

    private void reply(SagaEvent.ReplyReceived reply) {
      String moment = reply.compensating() ? Line.compensation(reply.step()) : reply.step();
      answered.add(moment);
      boolean nothing = reply.type().equals(Participant.NOTHING_TO_COMPENSATE);
      if (!reply.refused() && !nothing) {
        done.add(moment);
      }
      if (reply.compensating()) {
        answered.add(reply.step());
        if (!nothing) {
          done.add(reply.step());
        }
      }
    }
  }
}
