package dev.concordat.test;

import dev.concordat.test.TccCaller.Reply;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Asks a participant of try, confirm and cancel over HTTP for all that goes wrong between two
 * services, and says whether it answers as {@code docs/tcc-participants.md} demands. The
 * participant may be written in any language. Each case has a transaction of its own, and none
 * leaves anything held; two of them confirm, so let it work on accounts that are for tests.
 *
 * {@snippet :
 * List<Result> results = TccConformance.of(URI.create("http://localhost:8080/tcc"))
 *     .body("{\"account\":\"test\",\"amount\":1}")
 *     .run();
 * }
 *
 * @param base where the participant answers {@code /try}, {@code /confirm} and {@code /cancel}
 * @param body what it is asked for, as a JSON object; it must be able to do it a hundred times
 * @param refusedBody what its business refuses; null if that is not to be seen
 * @param effects what a GET of this address answers must tell all effects, as JSON: balances, for
 *     instance; null if only answers are to be looked at
 * @param races how often try and cancel are sent at once
 */
public record TccConformance(
    URI base, String body, @Nullable String refusedBody, @Nullable URI effects, int races) {

  private static final int RACES = 20;
  private static final int AT_ONCE = 3;

  /** The test of a participant at that address, asked for {@code {}}. */
  public static TccConformance of(URI base) {
    return new TccConformance(base, "{}", null, null, RACES);
  }

  /** The same, asked for that. */
  public TccConformance body(String json) {
    return new TccConformance(base, json, refusedBody, effects, races);
  }

  /** The same, with something that is refused. */
  public TccConformance refusedBody(String json) {
    return new TccConformance(base, body, json, effects, races);
  }

  /** The same, looking at effects. */
  public TccConformance effects(URI address) {
    return new TccConformance(base, body, refusedBody, address, races);
  }

  /**
   * What became of a case.
   *
   * @param name the case, in words
   * @param held whether the participant did as it must
   * @param expected what it must do
   * @param got what it did, where that is not as it must be; else empty
   */
  public record Result(String name, boolean held, String expected, String got) {}

  private interface Play {
    void with(TccScene scene) throws InterruptedException;
  }

  /** Runs all cases, one after the other. Takes some seconds. */
  public List<Result> run() throws InterruptedException {
    TccCaller caller = new TccCaller(base, effects);
    List<Result> results = new ArrayList<>();
    results.add(play(caller, "try, then confirm", this::tryThenConfirm));
    results.add(play(caller, "try, then cancel", this::tryThenCancel));
    results.add(play(caller, "duplicate try", this::duplicateTry));
    results.add(play(caller, "duplicate confirm", this::duplicateConfirm));
    results.add(play(caller, "duplicate cancel", this::duplicateCancel));
    results.add(play(caller, "empty cancel", this::emptyCancel));
    results.add(play(caller, "late try after an empty cancel", this::lateTry));
    results.add(play(caller, "late try after a cancel", this::lateTryAfterCancel));
    results.add(play(caller, "confirm after cancel", this::confirmAfterCancel));
    results.add(play(caller, "cancel after confirm", this::cancelAfterConfirm));
    results.add(play(caller, "confirm of what was never tried", this::neverTried));
    results.add(play(caller, "another body under the same id", this::otherBody));
    results.add(play(caller, "two branches of one transaction", this::twoBranches));
    results.add(play(caller, "an id that is a year old", TccConformance::oldId));
    results.add(play(caller, "an id that is no UUID of version 7", TccConformance::badId));
    results.add(play(caller, "duplicates of try at once", this::triesAtOnce));
    results.add(play(caller, "try and cancel at once", this::races));
    if (refusedBody != null) {
      String refused = refusedBody;
      results.add(play(caller, "refused by the business", scene -> refused(scene, refused)));
    }
    return results;
  }

  private Result play(TccCaller caller, String name, Play play) throws InterruptedException {
    TccScene scene = new TccScene(caller, TccCaller.id(Duration.ZERO), body);
    try {
      play.with(scene);
    } finally {
      scene.tidy();
    }
    return new Result(name, scene.isHeld(), scene.expected(), scene.got());
  }

  private void tryThenConfirm(TccScene scene) throws InterruptedException {
    scene.done("try");
    scene.done("confirm");
    scene.changesEffects();
  }

  private void tryThenCancel(TccScene scene) throws InterruptedException {
    scene.done("try");
    scene.done("cancel");
    scene.leavesNoEffects();
  }

  private void duplicateTry(TccScene scene) throws InterruptedException {
    Reply first = scene.done("try");
    scene.mark();
    scene.same(first, "try");
    scene.same(first, "try");
    scene.changesNothing();
    scene.done("cancel");
    scene.leavesNoEffects();
  }

  private void duplicateConfirm(TccScene scene) throws InterruptedException {
    scene.done("try");
    Reply first = scene.done("confirm");
    scene.mark();
    scene.same(first, "confirm");
    scene.same(first, "confirm");
    scene.changesNothing();
  }

  private void duplicateCancel(TccScene scene) throws InterruptedException {
    scene.done("try");
    Reply first = scene.done("cancel");
    scene.same(first, "cancel");
    scene.same(first, "cancel");
    scene.leavesNoEffects();
  }

  private void emptyCancel(TccScene scene) throws InterruptedException {
    Reply first = scene.done("cancel");
    scene.same(first, "cancel");
    scene.leavesNoEffects();
  }

  private void lateTry(TccScene scene) throws InterruptedException {
    scene.done("cancel");
    scene.refused("try", "CANCELLED");
    scene.refused("try", "CANCELLED");
    scene.leavesNoEffects();
  }

  private void lateTryAfterCancel(TccScene scene) throws InterruptedException {
    scene.done("try");
    scene.done("cancel");
    scene.refused("try", "CANCELLED");
    scene.leavesNoEffects();
  }

  private void confirmAfterCancel(TccScene scene) throws InterruptedException {
    scene.done("try");
    scene.done("cancel");
    scene.refused("confirm", "CANCELLED");
    scene.leavesNoEffects();
  }

  private void cancelAfterConfirm(TccScene scene) throws InterruptedException {
    scene.done("try");
    scene.done("confirm");
    scene.mark();
    scene.refused("cancel", "CONFIRMED");
    scene.refused("try", "CONFIRMED");
    scene.changesNothing();
  }

  private void neverTried(TccScene scene) throws InterruptedException {
    scene.refused("confirm", "NOT_TRIED");
    scene.leavesNoEffects();
  }

  private void otherBody(TccScene scene) throws InterruptedException {
    scene.done("try");
    scene.mark();
    TccScene other = scene.asking(TccCaller.other(body));
    other.refused("try", "MISMATCH");
    other.refused("confirm", "MISMATCH");
    other.refused("cancel", "MISMATCH");
    scene.changesNothing();
    scene.done("cancel");
    scene.leavesNoEffects();
  }

  private void twoBranches(TccScene scene) throws InterruptedException {
    TccScene second = scene.branch("second");
    scene.done("try");
    second.done("try");
    scene.done("cancel");
    second.done("cancel");
    second.refused("confirm", "CANCELLED");
    scene.leavesNoEffects();
  }

  private static void oldId(TccScene scene) throws InterruptedException {
    UUID old = TccCaller.id(Duration.ofDays(366));
    scene.transaction(old).refused("try", "TOO_OLD");
    scene.leavesNoEffects();
  }

  private static void badId(TccScene scene) throws InterruptedException {
    scene.transaction(UUID.randomUUID()).status("try", 400);
    scene.leavesNoEffects();
  }

  private void triesAtOnce(TccScene scene) throws InterruptedException {
    List<Reply> replies = new ArrayList<>();
    List<Callable<Reply>> tries = new ArrayList<>();
    for (int i = 0; i < 2 * AT_ONCE; i++) {
      tries.add(() -> scene.ask("try"));
    }
    replies.addAll(atOnce(tries));
    scene.done("try");
    scene.allAre(replies, "Done, or Unknown", reply -> reply.isDone() || reply.isUnknown());
    scene.done("cancel");
    scene.leavesNoEffects();
  }

  private void races(TccScene scene) throws InterruptedException {
    for (int i = 0; i < races; i++) {
      TccScene race = scene.transaction(TccCaller.id(Duration.ZERO));
      List<Callable<Reply>> calls = new ArrayList<>();
      for (int n = 0; n < AT_ONCE; n++) {
        calls.add(() -> race.ask("try"));
        calls.add(() -> race.ask("cancel"));
      }
      atOnce(calls);
      race.done("cancel");
      race.refused("try", "CANCELLED");
      race.refused("confirm", "CANCELLED");
    }
    scene.leavesNoEffects();
  }

  private static void refused(TccScene scene, String refusedBody) throws InterruptedException {
    TccScene asking = scene.asking(refusedBody);
    asking.refused("try", "REFUSED");
    asking.done("cancel");
    Reply late = asking.ask("try");
    asking.allAre(List.of(late), "Refused", Reply::isRefused);
    asking.leavesNoEffects();
  }

  private static List<Reply> atOnce(List<Callable<Reply>> calls) throws InterruptedException {
    List<Reply> replies = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Reply> reply : threads.invokeAll(calls)) {
        replies.add(reply.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a call could not be made", e.getCause());
    }
    return replies;
  }
}
