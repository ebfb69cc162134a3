package dev.concordat.saga;

import dev.concordat.core.RefusedException;
import dev.concordat.core.Verb;
import dev.concordat.engine.Engine;
import dev.concordat.runner.Asked;
import dev.concordat.store.Entry;
import dev.concordat.store.InstanceRow;
import dev.concordat.store.Leases;
import dev.concordat.store.Mailbox;
import dev.concordat.store.Query;
import dev.concordat.store.Write;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a person may do: look at instances, and ask something of one. Needs no definitions; what is
 * asked is carried out by a worker that has them, and is in the journal with who asked and why.
 */
public final class Operator {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(25);

  private final Engine engine;
  private Duration patience = PATIENCE;

  /** Used through the door. */
  @SuppressWarnings("exports")
  public Operator(Engine engine) {
    this.engine = engine;
  }

  /** The same, waiting up to that long for answers; ten seconds unless said. */
  public Operator waiting(Duration longest) {
    Operator other = new Operator(engine);
    other.patience = longest;
    return other;
  }

  /** Instances, newest first. */
  public List<InstanceRow> list(Query query) {
    return engine.store().instances().search(query);
  }

  /** The workers entered in this database. */
  public List<Leases.Worker> workers() {
    return engine.store().leases().workers();
  }

  /** How many instances are not final, by {@code name@version} of their definition. */
  public Map<String, Long> unfinished() {
    return engine.store().instances().unfinished();
  }

  /**
   * An instance with its timeline, and in words why it is where it is and what happens next.
   *
   * @throws RefusedException if there is none of that id
   */
  public Story show(String id) {
    InstanceRow row = existing(id);
    List<Entry> entries = engine.store().journal().read(row.no());
    List<Mailbox.Letter> waiting = engine.store().mailbox().waitingFor(row.no());
    return Story.of(row, entries, waiting, workers(), engine.store().leases().now());
  }

  /** The row of an instance, if there is one of that id. */
  public Optional<InstanceRow> find(String id) {
    return engine.store().instances().find(id);
  }

  private InstanceRow existing(String id) {
    return find(id)
        .orElseThrow(() ->
            new RefusedException("there is no instance '" + id + "'; `list` shows which are"));
  }

  /** Tries again what failed, with a fresh count of attempts. */
  public Verdict retry(String id, String by, @Nullable String reason) {
    return ask(id, Verb.RETRY, by, reason, null);
  }

  /** Goes on without the step, or leaves it uncompensated. The reason is kept in the journal. */
  public Verdict skip(String id, String by, String reason) {
    return skip(id, null, by, reason);
  }

  /**
   * Takes one branch of a transaction of try, confirm and cancel as settled by hand. The reason is
   * kept in the journal.
   *
   * @param branch which one; null where only one waits for a person
   */
  public Verdict skip(String id, @Nullable String branch, String by, String reason) {
    if (reason == null || reason.isBlank()) {
      throw new RefusedException(
          "skipping needs a reason, which the journal keeps; nothing was done");
    }
    return ask(id, new Asked(Verb.SKIP, by, reason, null, branch));
  }

  /**
   * Takes a result for the step that waits for a person.
   *
   * @param result the state after the step; where states are JSON, only the fields that change
   */
  public Verdict supply(String id, String by, @Nullable String reason, String result) {
    return ask(id, Verb.SUPPLY, by, reason, result);
  }

  /** Gives up compensating, if nothing is compensated yet, and goes forward again. */
  public Verdict forward(String id, String by, @Nullable String reason) {
    return ask(id, Verb.FORWARD, by, reason, null);
  }

  /** Turns back and compensates; refused after the pivot. */
  public Verdict cancel(String id, String by, @Nullable String reason) {
    return ask(id, Verb.CANCEL, by, reason, null);
  }

  /** Starts nothing new until resumed; what runs comes to its end. */
  public Verdict pause(String id, String by, @Nullable String reason) {
    return ask(id, Verb.PAUSE, by, reason, null);
  }

  /** Goes on after a pause. */
  public Verdict resume(String id, String by, @Nullable String reason) {
    return ask(id, Verb.RESUME, by, reason, null);
  }

  private Verdict ask(
      String id, Verb verb, String by, @Nullable String reason, @Nullable String result) {
    return ask(id, new Asked(verb, by, reason, result));
  }

  private Verdict ask(String id, Asked asked) {
    InstanceRow row = existing(id);
    if (row.status().isFinal()) {
      return new Verdict(Verdict.Kind.REFUSED, "it has ended " + row.status());
    }
    Mailbox.Posted posted =
        engine
            .store()
            .mailbox()
            .post(id, Asked.KIND, asked.write())
            .orElseThrow(() -> new RefusedException("there is no instance '" + id + "' any more"));
    engine.wakeFor(posted.no());
    return answer(posted, row);
  }

  private Verdict answer(Mailbox.Posted posted, InstanceRow row) {
    long end = engine.platform().nanos() + patience.toNanos();
    while (engine.platform().nanos() < end) {
      Optional<Write.Answer> answer = engine.store().mailbox().answer(posted.no(), posted.letter());
      if (answer.isPresent()) {
        return new Verdict(
            answer.get().accepted() ? Verdict.Kind.DONE : Verdict.Kind.REFUSED,
            answer.get().text());
      }
      try {
        engine.platform().pause(LOOK_EVERY);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return new Verdict(
        Verdict.Kind.PENDING,
        "it is posted and durable, but no worker has taken it up yet; one that runs "
            + row.definition()
            + "@"
            + row.version()
            + " will");
  }
}
