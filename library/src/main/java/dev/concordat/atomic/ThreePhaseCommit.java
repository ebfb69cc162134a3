package dev.concordat.atomic;

import dev.concordat.atomic.ThreePhaseChannel.Letter;
import dev.concordat.atomic.ThreePhaseRequest.CanCommit;
import dev.concordat.core.Outcome;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.ThreePhaseRows;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * Three-phase commit over services. A service becomes a {@link #participant}; whoever has something
 * to be done by several of them at once lets it be {@link #execute executed}. Only participants
 * keep anything on disk: a coordinator that dies is not missed. Thread-safe.
 */
public final class ThreePhaseCommit implements AutoCloseable {

  private static final int MAX_WORK = 1024 * 1024;

  private final Tools tools;
  private final Function<DataSource, ThreePhaseRows> rows;

  /**
   * What all of it works with.
   *
   * @param channel how participants are reached
   * @param codec how plans become texts
   * @param platform time, chance and threads
   */
  @SuppressWarnings("exports")
  public record Tools(ThreePhaseChannel channel, StateCodec codec, Platform platform) {}

  /** Used through the door. */
  @SuppressWarnings("exports")
  public ThreePhaseCommit(Tools tools, Function<DataSource, ThreePhaseRows> rows) {
    this.tools = tools;
    this.rows = rows;
  }

  /**
   * A participant on that database, which must be the one its work is done in. Makes its table.
   *
   * @param name its name in plans, 1 to 200 characters
   * @throws RefusedException if the database will not do, saying why
   */
  public ThreePhaseParticipant participant(String name, DataSource database, ThreePhaseWork work) {
    ThreePhaseRows own = rows.apply(database);
    own.create();
    ThreePhaseParticipant participant = new ThreePhaseParticipant(name, work, own, tools);
    participant.start();
    return participant;
  }

  /**
   * Lets participants do something, all of them or none. May be called again with the same id and
   * work, by anybody: then it says what became of it.
   *
   * <p><b>When it returns Done or Refused</b>, that is decided for good, and the participants that
   * could be reached have done their share. The others do when they are back.
   *
   * @param gid the transaction's id, 1 to 200 characters, never used for anything else
   * @param plan who takes part
   * @param work what each participant is to do, in words that it understands; 1,048,576 characters
   *     at most
   * @return Done with the id; Refused with a reason: no participant has done or will do anything;
   *     Unknown if that could not be found out in about ten times the plan's patience: the
   *     participants decide among themselves; call again to learn what
   * @throws RefusedException if the work does not name the plan's participants, or is too large
   * @throws OutcomeUnknownException if this thread was interrupted; it may still be committed
   */
  public Outcome<String> execute(String gid, ThreePhasePlan plan, Map<String, String> work) {
    ThreePhaseParticipant.named("transaction's id", gid);
    if (!work.keySet().equals(plan.participants().keySet())) {
      throw new RefusedException(
          "there is work for "
              + work.keySet()
              + ", and the participants are "
              + plan.names()
              + ": give each participant its work, and nobody else; nothing was done");
    }
    work.forEach(ThreePhaseCommit::bounded);
    ThreePhaseRunner runner =
        new ThreePhaseRunner(
            plan,
            (to, request) -> ask(plan, to, gid, withWork(request, work, to)),
            tools.platform());
    String name = tools.platform().uuid().toString();
    try {
      return outcome(gid, runner.run(ThreePhaseRound.coordinated(name)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException(
          gid, "interrupted while '" + gid + "' was being committed; execute it again to ask", e);
    }
  }

  private static void bounded(String participant, String text) {
    if (text.length() > MAX_WORK) {
      throw new RefusedException(
          "the work of '"
              + participant
              + "' has "
              + text.length()
              + " characters, and at most "
              + MAX_WORK
              + " are allowed; put what is large elsewhere and say where; nothing was done");
    }
  }

  private static ThreePhaseRequest withWork(
      ThreePhaseRequest request, Map<String, String> work, String to) {
    return request instanceof CanCommit asked
        ? new CanCommit(asked.coordinator(), asked.plan(), work.getOrDefault(to, ""))
        : request;
  }

  private ThreePhaseStanding ask(
      ThreePhasePlan plan, String to, String gid, ThreePhaseRequest request) throws Exception {
    String address = Objects.requireNonNull(plan.participants().get(to));
    return tools.channel().ask(address, new Letter(gid, to, request));
  }

  private static Outcome<String> outcome(String gid, ThreePhaseRound end) {
    if (!end.isDecided()) {
      return new Outcome.Unknown<>(
          "'"
              + gid
              + "' was not decided in time; its participants end it among themselves. Execute it"
              + " again, with the same id and work, to learn how");
    }
    return end.commits() ? new Outcome.Done<>(gid) : new Outcome.Refused<>(reason(end));
  }

  private static String reason(ThreePhaseRound end) {
    return end.heard().stream()
        .map(ThreePhaseStanding::reason)
        .filter(reason -> !reason.isEmpty())
        .findFirst()
        .orElse("not all participants could be asked in time");
  }

  /** Its participants lead no more, and nothing more is executed. */
  @Override
  public void close() {
    tools.platform().close();
  }
}
