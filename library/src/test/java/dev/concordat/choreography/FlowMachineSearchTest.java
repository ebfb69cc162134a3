package dev.concordat.choreography;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.choreography.Edge.Event;
import dev.concordat.choreography.Edge.Kind;
import dev.concordat.core.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Goal: what the tracker makes of a flow does not depend on the order in which it hears of it, and
 * no order makes it raise a timeout or tell an end twice, or end without telling. Method: every
 * order of the reports, with time passing at any moment and reports coming twice, for flows that
 * end in each way.
 */
class FlowMachineSearchTest {

  private static final Instant BEGIN = Instant.parse("2030-01-01T00:00:00Z");
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final FlowPlan PLAN =
      Flow.named("order", "OrderCreated")
          .expects("PaymentReserved", "PaymentRefused")
          .within(Duration.ofSeconds(3))
          .from("payments")
          .after("OrderCreated")
          .expects("StockReserved", "StockRefused")
          .after("PaymentReserved")
          .expects("OrderConfirmed")
          .after("StockReserved")
          .completes("OrderConfirmed")
          .compensates("OrderCancelled")
          .deadline(DEADLINE)
          .enforced()
          .plan();

  private static Edge edge(
      String service, String step, Kind kind, @Nullable String on, String... out) {
    List<Event> produced = new ArrayList<>();
    for (String type : out) {
      produced.add(new Event("id-" + type, type));
    }
    Event consumed = on == null ? null : new Event("id-" + on, on);
    return new Edge("f", "order", service, step, kind, true, consumed, produced, 0);
  }

  private static final Edge CREATED =
      edge("orders", "create order", Kind.BEGUN, null, "OrderCreated");
  private static final Edge RESERVED =
      edge("payments", "reserve funds", Kind.DONE, "OrderCreated", "PaymentReserved");
  private static final Edge STOCKED =
      edge("inventory", "reserve stock", Kind.DONE, "PaymentReserved", "StockReserved");
  private static final Edge CONFIRMED =
      edge("orders", "confirm order", Kind.DONE, "StockReserved", "OrderConfirmed");
  private static final Edge REFUSED =
      edge("inventory", "reserve stock", Kind.REFUSED, "PaymentReserved", "StockRefused");
  private static final Edge RELEASED =
      edge("payments", "reserve funds", Kind.COMPENSATED, "StockRefused", "PaymentReleased");
  private static final Edge CANCELLED =
      edge("orders", "create order", Kind.COMPENSATED, "PaymentReleased", "OrderCancelled");

  private static final Edge TIMED_OUT =
      edge("orders", "create order", Kind.COMPENSATED, Flow.TIMEOUT, "OrderCancelled");
  private static final Edge RELEASED_LATER =
      edge("payments", "reserve funds", Kind.COMPENSATED, "OrderCancelled", "PaymentReleased");

  private static final Edge TOO_LATE = edge("orders", "create order", Kind.TOO_LATE, Flow.TIMEOUT);

  /** What has happened, of what can happen. */
  private record World(
      FlowState state, Set<Edge> heard, int doubled, int seconds, int timeouts, int ends) {}

  /** What a search found. */
  private record Found(int worlds, Set<Status> outcomes, Optional<String> broken) {}

  /** All orders of these reports; those behind need the timeout to have been raised. */
  private static Found search(List<Edge> all, Set<Edge> behind, UnaryOperator<FlowDecision> bug) {
    Deque<World> open = new ArrayDeque<>();
    Set<World> known = new HashSet<>();
    Set<Status> outcomes = new HashSet<>();
    Map<Set<Edge>, Status> calm = new HashMap<>();
    World begin = new World(FlowState.EMPTY, Set.of(), 0, 0, 0, 0);
    open.add(begin);
    known.add(begin);
    while (!open.isEmpty()) {
      World world = open.remove();
      Optional<String> broken = broken(world).or(() -> held(world, all));
      if (broken.isPresent()) {
        return new Found(known.size(), outcomes, broken);
      }
      if (world.heard().size() == all.size()) {
        Status status = FlowPicture.of(PLAN, world.state()).status();
        outcomes.add(status);
        Status other = world.timeouts() == 0 ? calm.putIfAbsent(world.heard(), status) : status;
        if (other != null && other != status) {
          return new Found(known.size(), outcomes, Optional.of("the order decided: " + world));
        }
      }
      for (World next : next(world, all, behind, bug)) {
        if (known.add(next)) {
          open.add(next);
        }
      }
    }
    return new Found(known.size(), outcomes, Optional.empty());
  }

  private static Optional<String> broken(World world) {
    if (world.timeouts() > 1) {
      return Optional.of("two timeouts: " + world);
    }
    if (world.ends() > 1) {
      return Optional.of("the end told twice: " + world);
    }
    Status status = FlowPicture.of(PLAN, world.state()).status();
    boolean ended = status == Status.COMPLETED || status == Status.COMPENSATED;
    if (ended && world.ends() == 0) {
      return Optional.of("ended untold: " + world);
    }
    Instant begun = world.state().begunAt();
    Instant now = BEGIN.plusSeconds(world.seconds());
    boolean late = begun != null && !now.isBefore(begun.plus(DEADLINE));
    if (late && world.state().ended() == null) {
      boolean told = world.timeouts() == 1 || world.state().attention() != null;
      return told ? Optional.empty() : Optional.of("overdue and not raised: " + world);
    }
    return Optional.empty();
  }

  /**
   * Whoever is told that a flow is compensated holds nothing: also of what was done and not heard
   * of. And what goes back for too long needs a person.
   */
  private static Optional<String> held(World world, List<Edge> all) {
    FlowState state = world.state();
    Instant now = BEGIN.plusSeconds(world.seconds());
    Instant turned = state.timedOutAt();
    boolean tooLong = turned != null && !now.isBefore(turned.plus(DEADLINE));
    if (tooLong && state.ended() == null && state.attention() == null) {
      return Optional.of("it goes back for ever: " + world);
    }
    return state.ended() != Status.COMPENSATED
        ? Optional.empty()
        : all.stream()
            .filter(done -> done.isDone() && done.compensable())
            .filter(done -> world.heard().stream().noneMatch(e -> isCompensated(done, e)))
            .findFirst()
            .map(done -> "told compensated while " + done.step() + " is held: " + world);
  }

  private static boolean isCompensated(Edge done, Edge by) {
    return by.kind() == Kind.COMPENSATED
        && by.service().equals(done.service())
        && by.step().equals(done.step());
  }

  private static List<World> next(
      World world, List<Edge> all, Set<Edge> behind, UnaryOperator<FlowDecision> bug) {
    List<World> next = new ArrayList<>();
    Instant now = BEGIN.plusSeconds(world.seconds());
    for (Edge edge : all) {
      boolean again = world.heard().contains(edge);
      boolean possible = !behind.contains(edge) || world.timeouts() > 0;
      if (possible && (!again || world.doubled() == 0)) {
        Set<Edge> heard = new HashSet<>(world.heard());
        heard.add(edge);
        int doubled = world.doubled() + (again ? 1 : 0);
        FlowDecision decision =
            FlowMachine.decide(PLAN, world.state(), new FlowStimulus.Reported(now, edge));
        next.add(after(world, heard, doubled, world.seconds(), bug.apply(decision)));
      }
    }
    for (int later : List.of(4, 10, 20, 30)) {
      if (later > world.seconds()) {
        FlowDecision decision =
            FlowMachine.decide(
                PLAN, world.state(), new FlowStimulus.Look(BEGIN.plusSeconds(later)));
        next.add(after(world, world.heard(), world.doubled(), later, bug.apply(decision)));
      }
    }
    return next;
  }

  private static World after(
      World world, Set<Edge> heard, int doubled, int seconds, FlowDecision decision) {
    int timeouts = world.timeouts();
    int ends = world.ends();
    for (FlowAction action : decision.actions()) {
      timeouts += action instanceof FlowAction.RaiseTimeout ? 1 : 0;
      ends += action instanceof FlowAction.RaiseCompleted ? 1 : 0;
    }
    return new World(decision.state(), Set.copyOf(heard), doubled, seconds, timeouts, ends);
  }

  private static Found search(List<Edge> all) {
    Found found = search(all, Set.of(), UnaryOperator.identity());
    System.out.println("flow: " + found.worlds() + " worlds, ends " + found.outcomes());
    assertThat(found.broken()).isEmpty();
    return found;
  }

  @Test
  @DisplayName("T1: a flow that completes, in every order of reports")
  void completes() {
    Found found = search(List.of(CREATED, RESERVED, STOCKED, CONFIRMED));

    assertThat(found.worlds()).isGreaterThan(1_000);
    assertThat(found.outcomes()).containsExactly(Status.COMPLETED);
  }

  @Test
  @DisplayName("T1: a flow that is refused and compensated, in every order of reports")
  void isCompensated() {
    Found found = search(List.of(CREATED, RESERVED, REFUSED, RELEASED, CANCELLED));

    assertThat(found.worlds()).isGreaterThan(1_000);
    assertThat(found.outcomes()).containsExactly(Status.COMPENSATED);
  }

  @Test
  @DisplayName("T1: a flow that stalls is turned back once, and compensated")
  void timesOut() {
    Found found =
        search(
            List.of(CREATED, RESERVED, TIMED_OUT, RELEASED_LATER),
            Set.of(TIMED_OUT, RELEASED_LATER),
            UnaryOperator.identity());

    assertThat(found.broken()).isEmpty();
    assertThat(found.outcomes()).containsExactly(Status.COMPENSATED);
  }

  @Test
  @DisplayName("P2, P11: a flow goes back visibly while it is not known what a service has done")
  void silenceIsNotCompensated() {
    Instant late = BEGIN.plus(DEADLINE);
    FlowDecision begun = decide(FlowState.EMPTY, new FlowStimulus.Reported(BEGIN, CREATED));
    FlowDecision out = decide(begun.state(), new FlowStimulus.Look(late));
    FlowDecision back = decide(out.state(), new FlowStimulus.Reported(late, TIMED_OUT));
    assertThat(back.actions()).isEmpty();
    assertThat(status(back)).isEqualTo(Status.COMPENSATING);
    assertThat(back.due()).isEqualTo(late.plus(DEADLINE));

    FlowDecision person =
        decide(back.state(), new FlowStimulus.Look(Objects.requireNonNull(back.due())));
    assertThat(person.actions())
        .containsExactly(
            new FlowAction.TellAttention(
                "it was turned back, and it is not known whether these have done something, which"
                    + " would not be compensated: payments (PaymentReserved or PaymentRefused)"));
    assertThat(status(person)).isEqualTo(Status.NEEDS_ATTENTION);
    assertThat(person.due()).isNull();

    FlowDecision done = decide(person.state(), new FlowStimulus.Reported(late, RESERVED));
    assertThat(status(done)).isEqualTo(Status.NEEDS_ATTENTION);
    FlowDecision whole = decide(done.state(), new FlowStimulus.Reported(late, RELEASED_LATER));
    assertThat(whole.actions()).containsExactly(new FlowAction.RaiseCompleted(Status.COMPENSATED));
    Edge nothing =
        edge("payments", "reserve funds", Kind.EMPTY, "OrderCancelled", "PaymentReleased");
    assertThat(decide(person.state(), new FlowStimulus.Reported(late, nothing)).actions())
        .as("payments had done nothing, and will not")
        .containsExactly(new FlowAction.RaiseCompleted(Status.COMPENSATED));
  }

  private static FlowDecision decide(FlowState state, FlowStimulus stimulus) {
    return FlowMachine.decide(PLAN, state, stimulus);
  }

  private static Status status(FlowDecision decision) {
    return FlowPicture.of(PLAN, decision.state()).status();
  }

  @Test
  @DisplayName("T1: a tracker that takes silence for nothing done is found")
  void plantedBugTakesSilenceForNothing() {
    Found found =
        search(
            List.of(CREATED, RESERVED, TIMED_OUT, RELEASED_LATER),
            Set.of(TIMED_OUT, RELEASED_LATER),
            FlowMachineSearchTest::deaf);

    assertThat(found.broken().orElse("")).contains("told compensated while reserve funds is held");
  }

  /** As if all that was done had been heard of. */
  private static FlowDecision deaf(FlowDecision decision) {
    FlowState s = decision.state();
    FlowPicture picture = FlowPicture.of(PLAN, s);
    if (s.ended() != null || !picture.isBack() || !picture.owed().isEmpty()) {
      return decision;
    }
    List<FlowAction> actions = new ArrayList<>(decision.actions());
    actions.add(new FlowAction.RaiseCompleted(Status.COMPENSATED));
    FlowState ended = s.after(new FlowEntry.Ended(Status.COMPENSATED), BEGIN);
    return new FlowDecision(ended, decision.entries(), actions, decision.due());
  }

  @Test
  @DisplayName("T1: a flow that passed its pivot when it timed out completes")
  void timesOutTooLate() {
    Found found =
        search(
            List.of(CREATED, RESERVED, STOCKED, CONFIRMED, TOO_LATE),
            Set.of(TOO_LATE),
            UnaryOperator.identity());

    assertThat(found.broken()).isEmpty();
    assertThat(found.outcomes()).containsExactly(Status.COMPLETED);
  }

  @Test
  @DisplayName("T1: what cannot be right needs a person")
  void contradictionsNeedAPerson() {
    Found found = search(List.of(CREATED, CONFIRMED, CANCELLED), Set.of(), d -> d);

    assertThat(found.outcomes()).containsExactly(Status.NEEDS_ATTENTION);
  }

  @Test
  @DisplayName("T1: a tracker that forgets that it raised a timeout is found")
  void plantedBugForgetsTheTimeout() {
    Found found =
        search(
            List.of(CREATED, RESERVED),
            Set.of(),
            decision -> {
              FlowState s = decision.state();
              FlowState forgot =
                  new FlowState(
                      s.begunAt(), s.seen(), null, s.overdueAt(), s.attention(), s.ended());
              return new FlowDecision(
                  forgot, decision.entries(), decision.actions(), decision.due());
            });

    assertThat(found.broken().orElse("")).contains("two timeouts");
  }

  @Test
  @DisplayName("T1: a tracker that forgets that it told the end is found")
  void plantedBugForgetsTheEnd() {
    Found found =
        search(
            List.of(CREATED, CONFIRMED),
            Set.of(),
            decision -> {
              FlowState s = decision.state();
              FlowState forgot =
                  new FlowState(
                      s.begunAt(), s.seen(), s.timedOutAt(), s.overdueAt(), s.attention(), null);
              return new FlowDecision(
                  forgot, decision.entries(), decision.actions(), decision.due());
            });

    assertThat(found.broken().orElse("")).contains("the end told twice");
  }

  @Test
  void ordersByCauseWhateverCameFirst() {
    FlowState state = FlowState.EMPTY;
    for (Edge edge : List.of(CONFIRMED, STOCKED, CREATED, RESERVED)) {
      state = state.after(new FlowEntry.Seen(edge), BEGIN);
    }
    assertThat(FlowPicture.of(PLAN, state).byCause())
        .extracting(FlowState.Seen::edge)
        .containsExactly(CREATED, RESERVED, STOCKED, CONFIRMED);
  }

  @Test
  void saysWhatIsMissingAndSinceWhen() {
    FlowState state =
        FlowState.EMPTY
            .after(new FlowEntry.Seen(CREATED), BEGIN)
            .after(new FlowEntry.Seen(RESERVED), BEGIN.plusSeconds(1));

    FlowPicture.Waiting waiting =
        Objects.requireNonNull(FlowPicture.of(PLAN, state).waiting().get(0));
    assertThat(waiting.types()).containsExactly("StockReserved", "StockRefused");
    assertThat(waiting.after()).isEqualTo("PaymentReserved");
    assertThat(waiting.since()).isEqualTo(BEGIN.plusSeconds(1));
    assertThat(FlowPicture.of(PLAN, state).waiting()).hasSize(1);
    assertThat(FlowPicture.of(PLAN, state).unexpected()).isEmpty();
    FlowState more =
        state.after(
            new FlowEntry.Seen(edge("x", "y", Kind.DONE, "PaymentReserved", "Surprise")), BEGIN);
    assertThat(FlowPicture.of(PLAN, more).unexpected()).containsExactly("Surprise");
  }
}
