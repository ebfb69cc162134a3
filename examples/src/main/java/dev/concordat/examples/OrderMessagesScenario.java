package dev.concordat.examples;

import dev.concordat.Concordat;
import dev.concordat.core.Status;
import dev.concordat.examples.broker.BrokerKind;
import dev.concordat.examples.peers.OrderSagaPeers;
import dev.concordat.examples.peers.Peer;
import dev.concordat.saga.Operator;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The order again: one service leads, and the others carry out its commands, which travel over the
 * broker through outbox and inbox, as do the replies. Every message is sent twice, so that there is
 * something to recognise.
 */
public final class OrderMessagesScenario implements PeerScenario {

  private static final String HOME = OrderSagaPeers.ORDERS;

  /** The most journals that are read. */
  private static final int READ = 500;

  @Override
  public String name() {
    return "order-messages";
  }

  @Override
  public String pattern() {
    return "saga";
  }

  @Override
  public String sentence() {
    return "An order by commands and replies: orders, payments and inventory end in agreement.";
  }

  @Override
  public List<String> steps() {
    return List.of(
        "create order", "reserve funds", "reserve stock", "capture payment", "confirm order");
  }

  @Override
  public List<BrokerKind> brokers() {
    return List.of(BrokerKind.KAFKA);
  }

  @Override
  public List<Peer> peers() {
    return OrderSagaPeers.all();
  }

  @Override
  public String beginner() {
    return HOME;
  }

  /** A capture that nobody answers would wait for a person: it may have been done. */
  @Override
  public Map<String, String> causes() {
    return Map.of("reserve funds", "ReserveFunds", "reserve stock", "ReserveStock");
  }

  @Override
  public Map<Status, Long> outcomes(Evidence evidence, long first, long last) {
    Map<Status, Long> outcomes = new EnumMap<>(Status.class);
    String sql =
        "SELECT status, count(*) FROM concordat.instance WHERE %s GROUP BY status"
            .formatted(PeerScenario.numbered("id", first, last));
    for (String row : evidence.rows(HOME, sql)) {
      String[] parts = row.split(" ");
      outcomes.put(Status.valueOf(parts[0]), Long.valueOf(parts[1]));
    }
    return outcomes;
  }

  @Override
  public List<Double> millis(Evidence evidence, long first, long last) {
    String sql =
        "SELECT extract(epoch FROM updated_at - created_at) * 1000 FROM concordat.instance"
            + " WHERE status IN ('COMPLETED', 'COMPENSATED') AND "
            + PeerScenario.numbered("id", first, last);
    return evidence.rows(HOME, sql).stream().map(Double::valueOf).toList();
  }

  /** Those that turned back before those that did not, the newest first. */
  @Override
  public List<Story> stories(Evidence evidence) {
    String sql = "SELECT id FROM concordat.instance ORDER BY status, no DESC LIMIT " + READ;
    List<String> ids = evidence.rows(HOME, sql);
    try (Concordat looking = Concordat.on(home(evidence)).client()) {
      Operator operator = looking.operator();
      return ids.stream().map(operator::show).toList();
    }
  }

  private static DataSource home(Evidence evidence) {
    DataSource home = evidence.databases().get(HOME);
    if (home == null) {
      throw new IllegalArgumentException("there is no database " + HOME);
    }
    return home;
  }

  @Override
  public Optional<Told> told(Evidence evidence, String id) {
    try (Concordat looking = Concordat.on(home(evidence)).client()) {
      Story story = looking.operator().show(id);
      List<Told.Moment> moments =
          story.moments().stream().map(OrderMessagesScenario::moment).toList();
      return Optional.of(new Told(id, story.row().status(), moments));
    }
  }

  private static Told.Moment moment(Story.Moment moment) {
    return new Told.Moment(
        moment.type(), moment.step(), moment.at(), moment.text(), mark(moment.event()));
  }

  private static Told.Mark mark(SagaEvent event) {
    return switch (event) {
      case SagaEvent.StepDone e -> Told.Mark.DONE;
      case SagaEvent.Completed e -> Told.Mark.DONE;
      case SagaEvent.CompensationDone e -> Told.Mark.COMPENSATED;
      case SagaEvent.Compensated e -> Told.Mark.COMPENSATED;
      case SagaEvent.StepRefused e -> Told.Mark.BAD;
      case SagaEvent.AttemptFailed e -> Told.Mark.BAD;
      case SagaEvent.AttemptLost e -> Told.Mark.BAD;
      case SagaEvent.StepGivenUp e -> Told.Mark.BAD;
      case SagaEvent.AttentionNeeded e -> Told.Mark.BAD;
      default -> Told.Mark.NOTE;
    };
  }

  @Override
  public List<Law> laws() {
    List<Law> laws = new ArrayList<>(OrderScenario.businessLaws());
    laws.add(Journals.ended(HOME));
    laws.add(Journals.undoneInReverse());
    laws.add(Journals.doneOnce());
    laws.add(CommandLaws.noneLost());
    laws.add(CommandLaws.noneTwice());
    return laws;
  }
}
