package dev.concordat.atomic;

import dev.concordat.atomic.ThreePhaseRequest.CanCommit;
import dev.concordat.atomic.ThreePhaseStep.Effect;
import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.ThreePhaseRow;
import dev.concordat.store.ThreePhaseRows;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service's part in three-phase commits: answers what it is asked, and ends a transaction with
 * the other participants when the coordinator is silent. Any number of processes of one service may
 * run it on one database. Thread-safe.
 */
public final class ThreePhaseParticipant implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ThreePhaseParticipant.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);
  private static final int MOST = 100;
  private static final int LONGEST_NAME = 200;

  private final String name;
  private final ThreePhaseWork work;
  private final ThreePhaseRows rows;
  private final ThreePhaseChannel channel;
  private final StateCodec codec;
  private final Platform platform;
  private final Set<String> leading = ConcurrentHashMap.newKeySet();
  private final Map<String, Long> overtaken = new ConcurrentHashMap<>();
  private volatile boolean closed;

  ThreePhaseParticipant(
      String name, ThreePhaseWork work, ThreePhaseRows rows, ThreePhaseCommit.Tools tools) {
    named("participant's name", name);
    this.name = name;
    this.work = work;
    this.rows = rows;
    this.channel = tools.channel();
    this.codec = tools.codec();
    this.platform = tools.platform();
  }

  static void named(String what, String name) {
    if (name.isBlank() || name.length() > LONGEST_NAME || name.indexOf('\0') >= 0) {
      throw new RefusedException(
          "a " + what + " has 1 to " + LONGEST_NAME + " characters, none of them NUL");
    }
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Looks after transactions whose coordinator is silent, until it is closed. */
  void start() {
    platform.after(LOOK_EVERY, this::lookAround);
  }

  /**
   * Answers a request. To ask again does no harm.
   *
   * <p><b>What it answers is durable.</b>
   *
   * @param gid the transaction's id, 1 to 200 characters
   * @throws RefusedException if the request is not one
   * @throws Exception if there is no answer: ask again
   */
  public ThreePhaseStanding answer(String gid, ThreePhaseRequest request) throws Exception {
    named("transaction's id", gid);
    while (true) {
      Optional<ThreePhaseRow> row = rows.find(gid, name);
      ThreePhaseStanding standing = standing(row);
      ThreePhaseStep step = ThreePhaseMachine.decide(standing, request);
      if (step.effect() == Effect.ALARM) {
        alarm(gid, standing, request);
      }
      if (step.after().equals(standing) || change(gid, row, step, request)) {
        if (step.after().state().isFinal()) {
          overtaken.remove(gid);
        }
        return step.after();
      }
    }
  }

  /** How it stands in that transaction; changes nothing. */
  public ThreePhaseStanding look(String gid) {
    return standing(rows.find(gid, name));
  }

  /**
   * Forgets what ended longer ago than that. Who is asked about a transaction that it has forgotten
   * answers that it never voted: so this must be much longer than a participant may be away.
   *
   * @param age at least a day
   * @return how many it were
   */
  public int forget(Duration age) {
    if (age.compareTo(Duration.ofDays(1)) < 0) {
      throw new RefusedException(
          "what ended is remembered for a day at least: a participant that was away must still"
              + " learn what was decided; nothing was forgotten");
    }
    return rows.forget(name, age);
  }

  private static ThreePhaseStanding standing(Optional<ThreePhaseRow> row) {
    return row.map(found ->
            new ThreePhaseStanding(
                ThreePhaseState.valueOf(found.state()),
                found.promised(),
                found.attempt(),
                found.coordinator(),
                found.reason()))
        .orElse(ThreePhaseStanding.INITIAL);
  }

  private void alarm(String gid, ThreePhaseStanding standing, ThreePhaseRequest request) {
    LOG.error(
        "Participant '{}' is told {} for '{}' and stands at {}. Others may have done the opposite:"
            + " compare the participants' rows and repair by hand. This cannot happen with quorum"
            + " termination, unless a row was deleted or changed.",
        name,
        request,
        gid,
        standing.state());
  }

  /** False if the row is another by now, so that all is to be decided anew. */
  private boolean change(
      String gid, Optional<ThreePhaseRow> row, ThreePhaseStep step, ThreePhaseRequest request)
      throws Exception {
    ThreePhaseRow next = next(gid, row, step.after(), request);
    try {
      return rows.change(row, next, silence(next), effect(step.effect(), next));
    } catch (VoteNo no) {
      return refuse(gid, row, request, no);
    } catch (Exception e) {
      if (step.effect() == Effect.COMMIT || step.effect() == Effect.ABORT) {
        LOG.warn(
            "'{}' is decided, but participant '{}' could not do its share ({}); it was rolled back"
                + " and is tried again",
            gid,
            name,
            step.effect(),
            e);
      }
      throw e;
    }
  }

  private boolean refuse(
      String gid, Optional<ThreePhaseRow> row, ThreePhaseRequest request, VoteNo no)
      throws Exception {
    ThreePhaseStanding refused = ThreePhaseStanding.refused(no.reason);
    rows.change(
        row, next(gid, row, refused, request), Optional.empty(), ThreePhaseRows.Effect.NONE);
    // Whatever is there now is the vote, also if another request was quicker.
    return false;
  }

  private ThreePhaseRow next(
      String gid,
      Optional<ThreePhaseRow> row,
      ThreePhaseStanding after,
      ThreePhaseRequest request) {
    boolean votes = row.isEmpty() && request instanceof CanCommit;
    CanCommit asked = votes ? (CanCommit) request : null;
    return new ThreePhaseRow(
        gid,
        name,
        after.state().name(),
        after.promised(),
        after.attempt(),
        after.coordinator(),
        after.reason(),
        asked == null ? row.map(ThreePhaseRow::plan).orElse("") : codec.encode(asked.plan()),
        asked == null ? row.map(ThreePhaseRow::work).orElse("") : asked.work());
  }

  private Optional<Duration> silence(ThreePhaseRow row) {
    return ThreePhaseState.valueOf(row.state()).isFinal()
        ? Optional.empty()
        : Optional.of(plan(row).silence(name));
  }

  private ThreePhasePlan plan(ThreePhaseRow row) {
    return codec.decode(row.plan(), ThreePhasePlan.class);
  }

  private ThreePhaseRows.Effect effect(Effect effect, ThreePhaseRow row) {
    return switch (effect) {
      case NONE, ALARM -> ThreePhaseRows.Effect.NONE;
      case PREPARE ->
          tx -> {
            try {
              work.prepare(tx, row.gid(), row.work());
            } catch (NotNowException e) {
              throw e;
            } catch (RefusedException e) {
              throw new VoteNo(e);
            }
          };
      case COMMIT -> tx -> work.commit(tx, row.gid(), row.work());
      case ABORT -> tx -> work.abort(tx, row.gid(), row.work());
    };
  }

  private void lookAround() {
    if (closed) {
      return;
    }
    try {
      rows.overdue(name, MOST).forEach(this::leadBeside);
    } catch (RuntimeException e) {
      LOG.warn(
          "Participant '{}' cannot look for transactions whose coordinator is silent, and tries"
              + " again: {}",
          name,
          e.getMessage());
    } finally {
      platform.after(LOOK_EVERY, this::lookAround);
    }
  }

  private void leadBeside(String gid) {
    if (leading.add(gid)) {
      platform.start(
          "three-phase-termination",
          () -> {
            try {
              lead(gid);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            } catch (Exception e) {
              LOG.debug("'{}' leads no more in '{}', and tries again", name, gid, e);
            } finally {
              leading.remove(gid);
            }
          });
    }
  }

  /** Promises itself a ballot, which nobody else then has, and leads with it. */
  private void lead(String gid) throws Exception {
    Optional<ThreePhaseRow> row = rows.find(gid, name);
    ThreePhaseStanding standing = standing(row);
    if (row.isEmpty() || standing.state().isFinal()) {
      return;
    }
    ThreePhasePlan plan = plan(row.get());
    long above = Math.max(standing.promised(), overtaken.getOrDefault(gid, 0L));
    long ballot = plan.ballotAfter(above, name);
    ThreePhaseRow promised =
        next(gid, row, standing.promising(ballot), new ThreePhaseRequest.Look());
    // As long again, so that other processes of this service do not lead meanwhile.
    if (!rows.change(row, promised, Optional.of(plan.silence(name)), ThreePhaseRows.Effect.NONE)) {
      return;
    }
    ThreePhaseRunner runner =
        new ThreePhaseRunner(plan, (to, request) -> ask(plan, to, gid, request), platform);
    told(gid, plan, runner.run(ThreePhaseRound.led(name, ballot)));
  }

  private ThreePhaseStanding ask(
      ThreePhasePlan plan, String to, String gid, ThreePhaseRequest request) throws Exception {
    if (to.equals(name)) {
      return answer(gid, request);
    }
    String address = Objects.requireNonNull(plan.participants().get(to));
    return channel.ask(address, new ThreePhaseChannel.Letter(gid, to, request));
  }

  private void told(String gid, ThreePhasePlan plan, ThreePhaseRound end) {
    if (end.isDecided()) {
      LOG.info(
          "'{}' was ended by its participants: {}", gid, end.commits() ? "committed" : "aborted");
      return;
    }
    boolean isFirst = overtaken.put(gid, end.highest()) == null;
    if (isFirst && end.highest() == end.ballot()) {
      LOG.warn(
          "'{}' waits: its coordinator is silent, and participant '{}' reaches too few of {} to"
              + " decide. It tries again until it does; bring back the others, or the network.",
          gid,
          name,
          plan.names());
    }
  }

  /** Leads no more. What it has voted for stays open until it, or another process, is back. */
  @Override
  public void close() {
    closed = true;
  }

  /** The business votes no. */
  private static final class VoteNo extends Exception {
    private static final long serialVersionUID = 1L;
    private final String reason;

    VoteNo(RefusedException cause) {
      super(cause);
      this.reason = String.valueOf(cause.getMessage());
    }
  }
}
