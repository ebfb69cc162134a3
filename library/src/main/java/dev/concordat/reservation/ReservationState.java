package dev.concordat.reservation;

import dev.concordat.core.Payload;
import dev.concordat.core.Status;
import dev.concordat.reservation.Evidence.Finding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The fold of a reservation's journal. Immutable for everybody but its own {@link #apply}. */
final class ReservationState {

  static final ReservationState EMPTY = new ReservationState();

  /** Where a reservation stands. */
  enum Phase {
    NEW,
    HOLDING,
    /** An attempt at the call is under way. */
    CALLING,
    /** Between attempts, or nobody knows what became of one. */
    UNKNOWN,
    VOIDING,
    CONFIRMING,
    RELEASING,
    CONFIRMED,
    RELEASED,
    /** Nothing was ever held, and nobody called. */
    NEVER_HELD,
    /** A correction refunds at the provider. */
    REFUNDING,
    /** A correction tells the corrected reservation that it has refunded. */
    TELLING,
    /** A correction takes back locally what was confirmed. */
    REVERSING,
    /** A correction that only a person can do. */
    BROKEN,
    CORRECTED,
    /** A person ended it as it is. */
    SET_ASIDE;

    boolean isFinal() {
      return switch (this) {
        case CONFIRMED, RELEASED, NEVER_HELD, CORRECTED, SET_ASIDE -> true;
        default -> false;
      };
    }

    /** Whether evidence still decides what is done. */
    boolean isOpen() {
      return this == CALLING || this == UNKNOWN || this == VOIDING;
    }
  }

  Phase phase = Phase.NEW;
  @Nullable Payload data;
  @Nullable Money amount;
  ReservationEvent.@Nullable CallStarted call;
  ReservationEvent.@Nullable ReservationCorrectionStarted correction;
  @Nullable Instant deadline;
  @Nullable String trace;
  ReservationEvent.@Nullable Halted halted;
  ReservationEvent.@Nullable AttentionNeeded attention;
  boolean paused;
  int lettersTaken;
  int crashes;
  Findings findings = Findings.NONE;

  /** The attempts at what the phase is about, but for the call; since the last retry. */
  int attempts;

  /** When the first of them failed, or the first attempt at the call. */
  @Nullable Instant failedSince;

  /** When the next of them is due, or null for at once. */
  @Nullable Instant nextAt;

  /** How many attempts at the call counted, since the last retry. */
  int counted;

  /** Whether any attempt may have reached the provider. */
  boolean maybeSent;

  @Nullable Instant firstCallAt;

  /** When the last attempt that may have reached the provider came to its end. */
  @Nullable Instant quietFrom;

  /** When the call may be made again, or null if it is not. */
  @Nullable Instant retryAt;

  @Nullable Instant askAt;
  int queries;
  int asks;

  /** What was answered to the last question since the last attempt, or null. */
  @Nullable Finding looked;

  boolean voidRefused;

  /** Whether what is accounted for is that the effect happened. */
  boolean accountedDone;

  /** The pieces that were known when what follows was decided. */
  List<Evidence> weighed = List.of();

  /** Pieces that say something else of an event than was said before, since a person spoke. */
  List<Evidence> changed = List.of();

  /** What was believed when a person set it aside, or null if nothing was. */
  @Nullable Finding setAside;

  /**
   * When the first refund that may have reached the provider was to go out, since a person looked.
   */
  @Nullable Instant refundAt;

  /** The same before the last intent of a refund. */
  @Nullable Instant refundBefore;

  final List<ReservationEvent.LateFound> late;
  final Set<Integer> corrected;

  /**
   * What this worker is performing. Not in the journal: what was performed when it died is lost.
   */
  @Nullable ReservationAction doing;

  private ReservationState() {
    late = List.of();
    corrected = Set.of();
  }

  private ReservationState(ReservationState from) {
    phase = from.phase;
    data = from.data;
    amount = from.amount;
    call = from.call;
    correction = from.correction;
    deadline = from.deadline;
    trace = from.trace;
    halted = from.halted;
    attention = from.attention;
    paused = from.paused;
    lettersTaken = from.lettersTaken;
    crashes = from.crashes;
    findings = from.findings;
    attempts = from.attempts;
    failedSince = from.failedSince;
    nextAt = from.nextAt;
    counted = from.counted;
    maybeSent = from.maybeSent;
    firstCallAt = from.firstCallAt;
    quietFrom = from.quietFrom;
    retryAt = from.retryAt;
    askAt = from.askAt;
    queries = from.queries;
    asks = from.asks;
    looked = from.looked;
    voidRefused = from.voidRefused;
    accountedDone = from.accountedDone;
    weighed = from.weighed;
    changed = from.changed;
    setAside = from.setAside;
    refundAt = from.refundAt;
    refundBefore = from.refundBefore;
    late = new ArrayList<>(from.late);
    corrected = new TreeSet<>(from.corrected);
    doing = from.doing;
  }

  ReservationState apply(ReservationEvent event) {
    ReservationState next = new ReservationState(this);
    new ReservationFold(next).take(event);
    return next;
  }

  ReservationState applyAll(List<ReservationEvent> events) {
    ReservationState next = new ReservationState(this);
    ReservationFold fold = new ReservationFold(next);
    events.forEach(fold::take);
    return next;
  }

  ReservationState doing(@Nullable ReservationAction action) {
    ReservationState next = new ReservationState(this);
    next.doing = action;
    return next;
  }

  Payload data() {
    return Objects.requireNonNull(data, "it has not begun");
  }

  Money amount() {
    return Objects.requireNonNull(amount, "nothing is held yet");
  }

  /** What moved, as far as anybody said, else what was asked for. */
  Money taken() {
    Money said = findings.taken();
    return said == null ? amount() : said;
  }

  int attempt() {
    return call == null ? 0 : call.attempt();
  }

  boolean isFinal() {
    return phase.isFinal();
  }

  /** The number of a correction that is not begun yet, or 0. */
  int uncorrected() {
    for (ReservationEvent.LateFound each : late) {
      if (!corrected.contains(each.number())) {
        return each.number();
      }
    }
    return 0;
  }

  Status status() {
    return switch (phase) {
      case NEW -> Status.PENDING;
      case CONFIRMED -> Status.COMPLETED;
      case RELEASED, NEVER_HELD, CORRECTED -> Status.COMPENSATED;
      case SET_ASIDE -> setAside == Finding.DONE ? Status.COMPLETED : Status.COMPENSATED;
      default ->
          attention != null
              ? Status.NEEDS_ATTENTION
              : phase == Phase.VOIDING || phase == Phase.RELEASING
                  ? Status.COMPENSATING
                  : Status.RUNNING;
    };
  }

  /** All that tells it from others but its times. */
  String outline() {
    return phase
        + " "
        + attempt()
        + " "
        + counted
        + " "
        + attempts
        + " "
        + maybeSent
        + " "
        + queries
        + " "
        + asks
        + " "
        + looked
        + " "
        + voidRefused
        + " "
        + accountedDone
        + " "
        + weighed.size()
        + changed.size()
        + (refundAt != null)
        + " "
        + paused
        + " "
        + (halted != null)
        + " "
        + (attention == null ? "" : attention.broken() + "!")
        + " "
        + late.size()
        + corrected
        + " "
        + doing
        + " "
        + findings;
  }

  @Override
  public String toString() {
    return outline();
  }
}
