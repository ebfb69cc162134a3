package dev.concordat.messaging;

import dev.concordat.core.ConcordatException;
import dev.concordat.core.NotNowException;
import dev.concordat.core.StoredMessage;
import dev.concordat.engine.Engine;
import dev.concordat.messaging.RelayStimulus.Answer;
import dev.concordat.messaging.RelayStimulus.Answered;
import dev.concordat.messaging.RelayStimulus.Outcome;
import dev.concordat.store.Relays;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Works at one lane of a relay after the other, whichever is free, in a thread of its own. */
final class RelayRunner {

  private static final Logger LOG = LoggerFactory.getLogger(RelayRunner.class);

  private static final Duration ACTIVE_WAIT = Duration.ofMillis(1);
  private static final Duration ACTIVE_FOR = Duration.ofSeconds(1);
  private static final Duration SLICE = Duration.ofMillis(50);
  private static final Duration TROUBLE = Duration.ofSeconds(1);
  private static final Duration TELL_EVERY = Duration.ofSeconds(1);
  private static final int LEAST_AT_ONCE = 64;
  private static final int MOST_AT_ONCE = 8192;

  private final Engine engine;
  private final Relay relay;
  private final RelayMoments moments;
  private final Answers answers = new Answers();
  private volatile boolean over;
  private volatile boolean killed;
  private boolean troubled;
  private int atOnce = LEAST_AT_ONCE;
  private long toldAt;
  private @Nullable Thread thread;

  RelayRunner(Engine engine, Relay relay, RelayMoments moments) {
    this.engine = engine;
    this.relay = relay;
    this.moments = moments;
    this.toldAt = engine.platform().nanos() - TELL_EVERY.toNanos();
  }

  void start() {
    thread = engine.platform().startHeavy("concordat-relay-" + relay.name(), this::run);
  }

  /** Looks for messages at once. */
  void wake() {
    answers.nudge();
  }

  /** Ends in order, and returns when the lane is given back. */
  void close() {
    stop();
    Thread running = thread;
    if (running != null) {
      try {
        running.join(TROUBLE.multipliedBy(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Begins to end in order. */
  void stop() {
    over = true;
    wake();
  }

  /** Ends as a killed process would: nothing is given back before the lease ends. */
  void kill() {
    killed = true;
    stop();
  }

  private void run() {
    while (!over) {
      try {
        long before = engine.platform().nanos();
        Optional<Relays.Claim> claim = engine.store().relays().claim(relay.name(), relay.lease());
        if (claim.isPresent()) {
          work(claim.get(), before);
        } else {
          troubled = false;
          rest(relay.lease().dividedBy(4));
        }
      } catch (RuntimeException | Error e) {
        trouble(e);
      }
    }
  }

  /** Said once, until something was noted again. */
  private void trouble(Throwable e) {
    if (!over && !troubled) {
      LOG.warn(
          "Relay '{}' is held up and tries again until it works; messages wait in the outbox: {}",
          relay.name(),
          e.getMessage(),
          e instanceof ConcordatException ? null : e);
    }
    troubled = true;
    rest(relay.lease().dividedBy(10));
  }

  private void rest(Duration time) {
    long end = engine.platform().nanos() + time.toNanos();
    try {
      while (!over && engine.platform().nanos() < end) {
        engine.platform().pause(SLICE);
      }
    } catch (InterruptedException e) {
      over = true;
    }
  }

  private void work(Relays.Claim claim, long claimedAt) {
    RelayJournal journal = new RelayJournal(engine, relay, claim);
    try (Sink.Sender sender = sender(claim)) {
      new Shift(claim, journal, sender, claimedAt).work();
    } catch (RuntimeException | Error e) {
      tellStanding(journal, Optional.empty());
      giveBack(journal);
      throw e;
    }
    if (over) {
      giveBack(journal);
    }
  }

  private Sink.Sender sender(Relays.Claim claim) {
    try {
      return relay.sink().claimed(relay.name(), claim.lane());
    } catch (RuntimeException e) {
      moments.unavailable(relay.name(), claim.lane(), String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /** Also while nothing leaves, for that is when people look. Failing to say it stops nothing. */
  private void tellStanding(RelayJournal journal, Optional<StoredMessage> oldest) {
    long now = engine.platform().nanos();
    if (killed || now - toldAt < TELL_EVERY.toNanos() || !moments.isHeard()) {
      return;
    }
    toldAt = now;
    try {
      journal.progress().ifPresent(p -> moments.stands(p, age(journal, p, oldest)));
    } catch (RuntimeException e) {
      LOG.debug("how relay '{}' stands could not be said", relay.name(), e);
    }
  }

  /** What nobody has read is looked at in the store: a sink that cannot begin reads nothing. */
  private Duration age(
      RelayJournal journal, Relays.Progress progress, Optional<StoredMessage> oldest) {
    Optional<StoredMessage> first =
        oldest.isPresent() || progress.behind() == 0 ? oldest : journal.oldest();
    return first.map(message -> Duration.between(message.at(), engine.now())).orElse(Duration.ZERO);
  }

  /** So that nobody has to wait for the lease to end. */
  private void giveBack(RelayJournal journal) {
    if (killed) {
      return;
    }
    try {
      journal.release();
    } catch (RuntimeException e) {
      LOG.debug(
          "a lane of relay '{}' was not given back; its lease ends by itself", relay.name(), e);
    }
  }

  /** One claim of one lane. */
  private final class Shift {

    private final Relays.Claim claim;
    private final RelayJournal journal;
    private final Sink.Sender sender;
    private final Earlier earlier;
    private RelayState state;
    private long renewedAt;
    private long activeAt;

    Shift(Relays.Claim claim, RelayJournal journal, Sink.Sender sender, long claimedAt) {
      this.claim = claim;
      this.journal = journal;
      this.sender = sender;
      this.earlier = new Earlier(journal.tick().tick());
      this.state = RelayState.claimed(claim.cursor(), claim.parked());
      this.renewedAt = claimedAt;
      this.activeAt = engine.platform().nanos();
    }

    void work() {
      try {
        long wait = 0;
        while (!over && !state.lost()) {
          List<Answer> said = answers.take(wait);
          if (!said.isEmpty()) {
            tell(said);
            take(new Answered(engine.now(), said, engine.platform().random()));
          }
          RelayState before = state;
          take(new RelayStimulus.Look(engine.now()));
          renew();
          tellStanding(journal, oldest());
          goOn();
          wait = isSame(before) ? pause() : 0;
        }
        finish();
      } catch (InterruptedException e) {
        over = true;
      }
    }

    /** Notes what is still being delivered, so that whoever goes on does not send it again. */
    private void finish() throws InterruptedException {
      long end = engine.platform().nanos() + TROUBLE.toNanos();
      while (!killed && !state.lost() && owes() && engine.platform().nanos() < end) {
        List<Answer> said = answers.take(ACTIVE_WAIT.toNanos());
        if (!said.isEmpty()) {
          take(new Answered(engine.now(), said, engine.platform().random()));
        }
        take(new RelayStimulus.Look(engine.now()));
      }
    }

    /** Whether something is under way, or delivered and not behind the checkpoint. */
    private boolean owes() {
      List<Slot> window = state.window();
      return window.stream().anyMatch(slot -> slot.phase() == Slot.Phase.SENT)
          || (!window.isEmpty() && window.get(0).isSettled());
    }

    private void goOn() {
      if (earlier.ends(state)) {
        sender.settledEarlier();
      }
      if (sender.isOver() && !state.lost()) {
        throw new NotNowException(
            "the sink lost its hold on lane " + claim.lane() + ", which is claimed anew");
      }
    }

    /** The machine gives the very same state if nothing changed. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isSame(RelayState other) {
      return other == state;
    }

    /** Decides, and does at once what was decided; only sending goes on by itself. */
    private void take(RelayStimulus stimulus) {
      RelayDecision decision = RelayMachine.decide(relay.plan(), state, stimulus);
      if (!isSame(decision.state())) {
        activeAt = engine.platform().nanos();
      }
      state = decision.state();
      for (RelayAction action : decision.actions()) {
        RelayStimulus next = perform(action);
        if (next != null) {
          take(next);
        }
      }
    }

    private @Nullable RelayStimulus perform(RelayAction action) {
      return switch (action) {
        case RelayAction.AskTick ask -> journal.tick();
        case RelayAction.ReadPage page -> journal.read(page);
        case RelayAction.LookForDue look -> due(look);
        case RelayAction.Settle settle -> settle(settle);
        case RelayAction.Repark repark -> journal.park(repark);
        case RelayAction.Checkpoint checkpoint -> note(checkpoint);
        case RelayAction.Send send -> {
          send(send.messages());
          yield null;
        }
      };
    }

    private RelayStimulus due(RelayAction.LookForDue look) {
      RelayStimulus.DueFound found = journal.due(look.most());
      earlier.found(found);
      return found;
    }

    private RelayStimulus settle(RelayAction.Settle gone) {
      RelayStimulus.Settled settled = journal.settle(gone);
      if (settled.free().isPresent()) {
        sender.settled(gone.messages());
      }
      return settled;
    }

    private RelayStimulus note(RelayAction.Checkpoint checkpoint) {
      long before = engine.platform().nanos();
      RelayStimulus.Checkpointed noted = journal.note(checkpoint);
      renewedAt = before;
      if (noted.ours()) {
        troubled = false;
        sender.settled(
            state.window().stream()
                .limit(checkpoint.settled())
                .filter(slot -> slot.phase() == Slot.Phase.DONE)
                .map(Slot::message)
                .toList());
      }
      moments.noted(relay.name(), claim.lane(), checkpoint, state, noted.now());
      return noted;
    }

    /** Not all at once: a sink may block, and the lease must not end meanwhile. */
    private void send(List<StoredMessage> messages) {
      int next = 0;
      while (next < messages.size()) {
        int end = Math.min(messages.size(), next + atOnce);
        hand(messages.subList(next, end));
        next = end;
        if (next < messages.size()) {
          renew();
        }
      }
    }

    private void hand(List<StoredMessage> messages) {
      if (over || state.lost() || leaseMayEnd()) {
        // Somebody else may send by now, and in another order.
        String why = over ? "the relay ends" : "the lease was not renewed";
        messages.forEach(message -> answers.unavailable(message, why));
        return;
      }
      long before = engine.platform().nanos();
      try {
        sender.send(messages, answers);
      } catch (RuntimeException e) {
        messages.forEach(message -> answers.unavailable(message, String.valueOf(e.getMessage())));
      }
      adapt(messages.size(), engine.platform().nanos() - before);
    }

    /** So that handing over takes a small part of the lease, whatever the sink's speed. */
    private void adapt(int handed, long took) {
      long part = relay.lease().toNanos() / 8;
      if (took > part) {
        atOnce = Math.max(1, (int) Math.min(atOnce / 2, handed * part / took));
      } else if (took < part / 3 && handed == atOnce) {
        atOnce = Math.min(MOST_AT_ONCE, atOnce * 2);
      }
    }

    private boolean leaseMayEnd() {
      return engine.platform().nanos() - renewedAt > relay.lease().toNanos() * 2 / 3;
    }

    private void renew() {
      long now = engine.platform().nanos();
      if (now - renewedAt < relay.lease().toNanos() / 3) {
        return;
      }
      if (journal.renew(state.durable())) {
        renewedAt = now;
        troubled = false;
      } else {
        take(
            new RelayStimulus.Checkpointed(
                engine.now(), new RelayAction.Checkpoint(state.durable(), List.of(), 0), false));
      }
    }

    private void tell(List<Answer> said) {
      for (Answer answer : said) {
        if (answer.outcome() == Outcome.UNAVAILABLE) {
          moments.unavailable(relay.name(), claim.lane(), answer.reason());
          return;
        }
      }
    }

    private Optional<StoredMessage> oldest() {
      return state.window().stream().findFirst().map(Slot::message);
    }

    /** Short while there is something to do, so that messages leave within a millisecond or two. */
    private long pause() {
      Instant backoff = state.backoff();
      if (backoff != null) {
        Duration left = Duration.between(engine.now(), backoff);
        return Math.clamp(left.toNanos(), ACTIVE_WAIT.toNanos(), TROUBLE.toNanos());
      }
      boolean active = engine.platform().nanos() - activeAt < ACTIVE_FOR.toNanos();
      return (active ? ACTIVE_WAIT : relay.idle()).toNanos();
    }
  }
}
