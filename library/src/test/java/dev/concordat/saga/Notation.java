package dev.concordat.saga;

import dev.concordat.core.Outcome;
import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sagas in one line, for searches: steps parted by blanks, each {@code kind.flag:name}; branches in
 * brackets, parted by bars; {@code @} options last. Everything passes through the real builder.
 */
final class Notation {

  /** The state of notated sagas. Their search keeps its own, so nothing is in it. */
  record Blank() {}

  private static final RetryPolicy TWICE =
      RetryPolicy.exponential(Duration.ofSeconds(1))
          .upTo(Duration.ofSeconds(1))
          .attempts(2)
          .withoutJitter();

  static final Duration DEADLINE = Duration.ofSeconds(100);
  private static final Saga<Blank> CHILD =
      Saga.named("child", Blank.class).local("x", (tx, s) -> s).noCompensation("none").build();

  private Notation() {}

  static SagaPlan plan(String text) {
    return saga(text).plan();
  }

  static Saga<Blank> saga(String text) {
    SagaBuilder<Blank> saga = Saga.named("s", Blank.class);
    for (String part : parts(text)) {
      saga =
          part.startsWith("(")
              ? saga.parallel(branches(part.substring(1, part.length() - 1)))
              : part.startsWith("@") ? option(saga, part) : step(saga, part);
    }
    return saga.build();
  }

  private static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    int depth = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? ' ' : text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ' ' && depth == 0) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    return parts;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static SagaBuilder<Blank>[] branches(String text) {
    return Arrays.stream(text.split("\\|"))
        .map(branch -> {
          SagaBuilder<Blank> built = Saga.branch(Blank.class);
          for (String part : branch.split(" ")) {
            built = step(built, part);
          }
          return built;
        })
        .toArray(SagaBuilder[]::new);
  }

  private static SagaBuilder<Blank> option(SagaBuilder<Blank> saga, String option) {
    return switch (option) {
      case "@deadline" -> saga.deadline(DEADLINE);
      case "@fused" -> saga.fuseLocalSteps();
      case "@unexpected" -> saga.compensateUnexpected();
      default -> throw new IllegalArgumentException(option);
    };
  }

  private static SagaBuilder<Blank> step(SagaBuilder<Blank> saga, String part) {
    String name = part.substring(part.indexOf(':') + 1);
    List<String> flags = List.of(part.substring(0, part.indexOf(':')).split("\\."));
    return switch (flags.get(0)) {
      case "local" -> undone(saga.local(name, (tx, s) -> s), flags);
      case "localpivot" -> more(saga.localPivot(name, (tx, s) -> s), flags);
      case "localretriable" -> more(saga.localRetriable(name, (tx, s) -> s), flags);
      case "outside" -> undone(saga.step(name, (s, call) -> s), flags);
      case "command" -> undone(saga.command(name, (s, call) -> Command.to("t", "T")), flags);
      case "commandpivot" ->
          more(saga.commandPivot(name, (s, call) -> Command.to("t", "T")), flags);
      case "commandretriable" ->
          more(saga.commandRetriable(name, (s, call) -> Command.to("t", "T")), flags);
      case "pivot" -> asked(more(saga.pivot(name, (s, call) -> s), flags), flags);
      case "retriable" -> asked(more(saga.retriable(name, (s, call) -> s), flags), flags);
      case "child" -> undone(saga.child(name, CHILD, s -> new Blank(), (s, c) -> s), flags);
      case "sleep" -> saga.sleep(name, Duration.ofSeconds(5));
      case "sleepuntil" -> saga.sleepUntil(name, s -> Instant.EPOCH);
      case "signal" -> signal(saga.awaitSignal(name, String.class, (s, x) -> s), flags);
      default -> throw new IllegalArgumentException(part);
    };
  }

  private static SagaBuilder<Blank> signal(SignalStep<Blank> step, List<String> flags) {
    SagaBuilder<Blank> limited =
        flags.contains("limit") ? step.timeout(Duration.ofSeconds(5)) : step;
    return flags.contains("goon") ? step.timeoutThenGoOn(Duration.ofSeconds(5)) : limited;
  }

  private static <B extends StepBuilder<Blank, B>> B more(B step, List<String> flags) {
    RetryPolicy policy = flags.contains("once") ? RetryPolicy.never() : TWICE;
    B retried = step.retry(policy).compensationRetry(policy).timeout(Duration.ofSeconds(1));
    return flags.contains("when") ? retried.when(s -> true) : retried;
  }

  private static SagaBuilder<Blank> undone(LocalStep<Blank> step, List<String> flags) {
    LocalStep<Blank> known = more(step, flags);
    return flags.contains("bare")
        ? known.noCompensation("it harms nobody")
        : flags.contains("undooutside")
            ? known.compensateOutside((s, call) -> {})
            : known.compensate((tx, s) -> {});
  }

  private static SagaBuilder<Blank> undone(OutsideStep<Blank> step, List<String> flags) {
    OutsideStep<Blank> known = asked(more(step, flags), flags);
    return flags.contains("bare")
        ? known.noCompensation("it harms nobody")
        : flags.contains("undolocal")
            ? known.compensateLocally((tx, s) -> {})
            : known.compensate((s, call) -> {});
  }

  private static SagaBuilder<Blank> undone(CommandStep<Blank> step, List<String> flags) {
    CommandStep<Blank> known = more(step, flags);
    return flags.contains("bare")
        ? known.noCompensation("it harms nobody")
        : flags.contains("undolocal")
            ? known.compensateLocally((tx, s) -> {})
            : flags.contains("undooutside")
                ? known.compensate((s, call) -> {})
                : known.compensateBy((s, call) -> Command.to("t", "U"));
  }

  private static OutsideStep<Blank> asked(OutsideStep<Blank> step, List<String> flags) {
    return flags.contains("lookup") ? step.inDoubt((s, call) -> new Outcome.Unknown<>("?")) : step;
  }
}
