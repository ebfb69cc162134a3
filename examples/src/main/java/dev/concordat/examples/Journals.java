package dev.concordat.examples;

import dev.concordat.core.Status;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.Story;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Laws about Concordat's own journal, the same for every scenario. */
public final class Journals {

  private Journals() {}

  /** No instance is under way or waits for a person. */
  public static Law ended(String home) {
    return Law.none(
        "every instance has ended",
        home,
        """
        SELECT id, 'is', status FROM concordat.instance
        WHERE status NOT IN ('COMPLETED', 'COMPENSATED')
        """);
  }

  /** What is undone was done; what was done is undone, the last step first. */
  public static Law undoneInReverse() {
    return new Law(
        "what was done is compensated in reverse order, and nothing else is",
        evidence -> evidence.stories().stream().flatMap(Journals::misorder).toList());
  }

  /** No step is recorded as done twice. */
  public static Law doneOnce() {
    return new Law(
        "no step is recorded as done twice",
        evidence -> evidence.stories().stream().flatMap(Journals::repeats).toList());
  }

  private static Stream<String> misorder(Story story) {
    List<String> done = new ArrayList<>();
    List<String> undone = new ArrayList<>();
    story
        .moments()
        .forEach(moment -> {
          switch (moment.event()) {
            case SagaEvent.StepDone e -> done.add(e.step());
            case SagaEvent.StepGivenUp e when e.maybeDone() -> done.add(e.step());
            case SagaEvent.StepSkipped e when e.maybeDone() -> done.add(e.step());
            case SagaEvent.CompensationDone e -> undone.add(e.step());
            case SagaEvent.CompensationSkipped e -> undone.add(e.step());
            default -> {}
          }
        });
    boolean right =
        story.row().status() == Status.COMPENSATED
            ? done.reversed().equals(undone)
            : undone.isEmpty();
    return right
        ? Stream.empty()
        : Stream.of(story.row().id() + " did " + done + " and undid " + undone);
  }

  private static Stream<String> repeats(Story story) {
    Set<String> seen = new HashSet<>();
    return story.moments().stream()
        .filter(moment -> moment.event() instanceof SagaEvent.StepDone)
        .filter(moment -> !seen.add(moment.step()))
        .map(moment -> story.row().id() + " did '" + moment.step() + "' twice");
  }
}
