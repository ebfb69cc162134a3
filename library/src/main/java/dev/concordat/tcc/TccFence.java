package dev.concordat.tcc;

import dev.concordat.core.NotNowException;
import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.FenceClaim;
import dev.concordat.store.FenceClaim.Found;
import dev.concordat.store.FenceClaim.Made;
import dev.concordat.store.FenceClaim.Moved;
import dev.concordat.store.FenceClaim.None;
import dev.concordat.store.FenceKey;
import dev.concordat.store.FenceMove;
import dev.concordat.store.FenceNote;
import dev.concordat.store.Fences;
import dev.concordat.tcc.TccAnswer.Code;
import dev.concordat.tcc.TccAnswer.Done;
import dev.concordat.tcc.TccAnswer.Refused;
import dev.concordat.tcc.TccAnswer.Unknown;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A participant's fence, in its own database: whatever is lost, repeated, late or out of order, its
 * business does each thing once, and never what must not be done any more. Needs nothing else of
 * Concordat. Any number of processes of one service may use it on one database. Thread-safe.
 *
 * {@snippet :
 * try (TccFence fence = Concordat.tccFence(dataSource)) {
 *   TccAnswer answer = fence.answer(call, handler); // for each try, confirm and cancel that comes
 * }
 * }
 */
public final class TccFence implements AutoCloseable {

  static final Logger LOG = LoggerFactory.getLogger(TccFence.class);
  private static final Duration TIDY_EVERY = Duration.ofMinutes(10);

  private final Fences fences;
  private final TccFenceListener listener;
  private final Platform platform;
  private final FenceOutside outside;
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Used through the door. Makes the tables, and looks after them until it is closed. */
  @SuppressWarnings("exports")
  public TccFence(Fences fences, TccFenceListener listener, Platform platform) {
    this.fences = fences;
    this.listener = listener;
    this.platform = platform;
    this.outside = new FenceOutside(fences);
    fences.create();
    platform.after(TIDY_EVERY, this::tidyAndAgain);
  }

  /**
   * Answers a call, in a transaction of its own. To be asked again, or at the same time, does no
   * harm.
   *
   * <p><b>Durable when it answers Done or Refused</b>, together with what the handler did. A
   * refusal of the business is remembered as well: a repeated try is refused again, so that nobody
   * holds anything that its initiator no longer knows of.
   *
   * @return {@link Unknown} if it may have been done or could not be done now, also for a mistake
   *     in the handler, which is logged: ask again
   */
  public TccAnswer answer(TccCall call, TccHandler handler) {
    FenceKey key = FenceCalls.key(call);
    Duration patience = FenceCalls.patience(call);
    try {
      return heard(call, fences.run(key, patience, tx -> does(tx, call, key, handler)));
    } catch (BusinessNo no) {
      return refused(call, () -> fences.run(key, patience, tx -> refuses(tx, key, no)));
    } catch (Exception e) {
      return unknown(call, e);
    }
  }

  /**
   * Answers a call as part of the caller's transaction, after a savepoint: if the business refuses,
   * only what the handler did is rolled back.
   *
   * <p><b>Durable when that transaction commits.</b> Until then nobody may be told.
   *
   * @param tx on the fence's database, READ COMMITTED, not auto-committing
   * @return never {@link Unknown}
   * @throws Exception what stood in the way; what was done since the savepoint is rolled back
   */
  public TccAnswer answer(Connection tx, TccCall call, TccHandler handler) throws Exception {
    FenceKey key = FenceCalls.key(call);
    try {
      return heard(call, fences.join(tx, key, row -> does(row, call, key, handler)));
    } catch (BusinessNo no) {
      return heard(call, fences.join(tx, key, row -> refuses(row, key, no)));
    }
  }

  /**
   * Answers a call whose effect is outside the database, in two steps: it is noted that it begins,
   * and then how it ended. A cancel that meets a try of which that is not known is done without
   * knowing what is held.
   *
   * <p><b>Durable when it answers Done or Refused.</b>
   *
   * @return {@link Unknown} if it may have been done, or somebody is at it: ask again
   */
  public TccAnswer answer(TccCall call, TccOutside business) {
    try {
      return heard(call, outside.answer(call, business));
    } catch (Exception e) {
      return unknown(call, e);
    }
  }

  /**
   * Gives back what is held longer than its handler said, as {@link TccHandler#cancel} does it. A
   * later confirm is refused with {@link Code#EXPIRED}; a later cancel is done. Let a scheduler
   * call it; any number of processes may.
   *
   * <p><b>Durable when it returns.</b> What cannot be given back is logged and comes again.
   *
   * @param max how many to give back at most
   * @return how many were
   */
  public int expire(TccHandler handler, int max) {
    return new FenceExpiry(fences).expire(handler, max);
  }

  /** The same for effects outside the database. */
  public int expire(TccOutside business, int max) {
    return new FenceExpiry(fences).expire(outside, business, max);
  }

  /**
   * Makes the parts of the table for the next days, and drops those that are too old to be
   * remembered. Done by itself every ten minutes; call it where no process runs that long.
   *
   * @return the parts that are too old and stay, because something in them is held for so long
   */
  public List<String> tidy() {
    List<String> kept = fences.tidy();
    for (String part : kept) {
      if (told.add(part)) {
        LOG.warn(
            "The fence keeps {} although it is too old to be remembered: something in it is neither"
                + " confirmed nor cancelled. Nothing is lost. Ask the initiators of its rows that"
                + " are TRIED, STARTED, CONFIRMING, CANCELLING or EXPIRING what they decided.",
            part);
      }
    }
    return kept;
  }

  private void tidyAndAgain() {
    if (closed) {
      return;
    }
    try {
      tidy();
    } catch (NotNowException e) {
      LOG.debug("the fence is tidied later", e);
    } catch (RuntimeException e) {
      LOG.warn(
          "The fence cannot be tidied, and it is tried again: {}. Its parts are made when they are"
              + " needed, but none is dropped: see to it before the disk is full.",
          e.getMessage());
    } finally {
      platform.after(TIDY_EVERY, this::tidyAndAgain);
    }
  }

  private static TccAnswer does(Fences.Tx tx, TccCall call, FenceKey key, TccHandler handler)
      throws Exception {
    return switch (tx.claim(move(call.operation()))) {
      case Made made ->
          call.operation() == TccOperation.TRY
              ? tried(tx, call, handler)
              : new Done(FenceRules.NOTHING);
      case Moved(int attempt, Optional<String> held) -> ended(tx, call, handler, held);
      case Found row -> FenceRules.answer(call.operation(), key, row);
      case None none -> FenceRules.NOT_TRIED;
    };
  }

  private static FenceMove move(TccOperation operation) {
    return switch (operation) {
      case TRY -> to(FenceState.TRIED, Set.of(), FenceState.TRIED);
      case CONFIRM -> to(FenceState.CONFIRMED, Set.of(FenceState.TRIED), null);
      case CANCEL -> to(FenceState.CANCELLED, Set.of(FenceState.TRIED), FenceState.CANCELLED);
    };
  }

  static FenceMove to(FenceState state, Set<FenceState> from, @Nullable FenceState ifNew) {
    Set<String> names = from.stream().map(Enum::name).collect(Collectors.toUnmodifiableSet());
    return FenceMove.to(state.name(), names, ifNew == null ? null : ifNew.name());
  }

  private static Done tried(Fences.Tx tx, TccCall call, TccHandler handler) throws Exception {
    TccHold hold;
    try {
      hold = handler.tryHold(tx.lent(), call);
    } catch (NotNowException e) {
      throw e;
    } catch (RefusedException e) {
      throw new BusinessNo(FenceCalls.reason(e));
    }
    String tooShort = FenceCalls.tooShort(call, hold);
    if (tooShort != null) {
      throw new BusinessNo(tooShort);
    }
    tx.note(note(call, hold));
    return new Done(hold.result() == null ? FenceRules.NOTHING : hold.result());
  }

  static FenceNote note(TccCall call, TccHold hold) {
    String result = FenceCalls.checked(hold.result());
    FenceNote note = result == null ? FenceNote.NOTHING : FenceNote.held(result);
    return hold.until() == null ? note : note.until(hold.until(), call.body());
  }

  static Done ended(Fences.Tx tx, TccCall call, TccHandler handler, Optional<String> held)
      throws Exception {
    String what = held.orElse(FenceRules.NOTHING);
    String result =
        FenceCalls.checked(
            call.operation() == TccOperation.CONFIRM
                ? handler.confirm(tx.lent(), call, what)
                : handler.cancel(tx.lent(), call, what));
    if (result == null) {
      return new Done(FenceRules.NOTHING);
    }
    tx.note(FenceNote.result(result));
    return new Done(result);
  }

  /** The transaction in which it was tried is rolled back; another may have come in between. */
  private static TccAnswer refuses(Fences.Tx tx, FenceKey key, BusinessNo no) {
    FenceClaim claim = tx.claim(to(FenceState.REFUSED, Set.of(), FenceState.REFUSED));
    if (claim instanceof Found row) {
      return FenceRules.answer(TccOperation.TRY, key, row);
    }
    tx.note(FenceNote.reason(no.reason));
    return new Refused(Code.REFUSED, no.reason);
  }

  private interface Storing {
    Optional<TccAnswer> store() throws Exception;
  }

  private TccAnswer refused(TccCall call, Storing refusal) {
    try {
      return heard(call, refusal.store());
    } catch (Exception e) {
      return unknown(call, e);
    }
  }

  private TccAnswer heard(TccCall call, Optional<TccAnswer> answer) {
    TccAnswer said = answer.orElse(FenceRules.TOO_OLD);
    if (said instanceof Refused refused
        && FenceRules.isProtocolError(call.operation(), refused.code())) {
      LOG.warn(
          "{} of '{}' was asked for and must not be: {} ({}). Nothing was changed. Find out what"
              + " its initiator decided, and repair by hand if others did otherwise.",
          call.operation(),
          call.branch(),
          refused.code(),
          refused.reason());
      listener.protocolError(call, refused);
    }
    return said;
  }

  static Unknown unknown(TccCall call, Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    } else if (isPassing(e)) {
      LOG.debug("{} of '{}' is to be asked for again", call.operation(), call.branch(), e);
    } else {
      LOG.warn(
          "{} of '{}' was rolled back because of an error. It will be asked for again; mend the"
              + " cause.",
          call.operation(),
          call.branch(),
          e);
    }
    String said = e.getMessage();
    return new Unknown(said == null ? e.getClass().getSimpleName() : said);
  }

  private static boolean isPassing(Exception e) {
    if (e instanceof SQLException sql) {
      String state = sql.getSQLState();
      return state != null && Set.of("08", "40", "53", "55", "57").contains(state.substring(0, 2));
    }
    return e instanceof NotNowException
        || e instanceof OutcomeUnknownException
        || (e.getCause() instanceof SQLException cause && isPassing(cause));
  }

  /** Looks after its tables no more. What is held stays held. */
  @Override
  public void close() {
    closed = true;
    platform.close();
  }

  /** The business says no. */
  private static final class BusinessNo extends Exception {
    private static final long serialVersionUID = 1L;
    private final String reason;

    BusinessNo(String reason) {
      super(reason, null, false, false);
      this.reason = reason;
    }
  }
}
