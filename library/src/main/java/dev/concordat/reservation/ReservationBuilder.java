package dev.concordat.reservation;

import dev.concordat.core.RefusedException;
import dev.concordat.core.RetryPolicy;
import dev.concordat.core.StateCodec;
import dev.concordat.reservation.ReservationPlan.Can;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The declaration of a {@link Reservation}.
 *
 * @param <S> the state's type
 */
public final class ReservationBuilder<S> {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9 _.-]{0,59}");
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int ASKS_AT_ONCE = 4;

  private final String name;
  private final Class<S> type;
  private final Map<String, Function<S, String>> attributes = new LinkedHashMap<>();
  private int version = 1;
  private @Nullable String provider;
  private @Nullable Function<S, Money> amount;
  private @Nullable LocalAction<S> hold;
  private @Nullable ProviderAction<S> call;
  private @Nullable EvidenceAction<S> confirm;
  private @Nullable LocalAction<S> release;
  private @Nullable ProviderAction<S> status;
  private @Nullable ProviderAction<S> voiding;
  private @Nullable ProviderAction<S> refund;
  private @Nullable EvidenceAction<S> reverse;
  private @Nullable StateCodec codec;
  private ProviderGuard guard = ProviderGuard.NONE;
  private int asksAtOnce = ASKS_AT_ONCE;
  private RetryPolicy retry = RetryPolicy.exponential(Duration.ofMillis(500));
  private RetryPolicy ask =
      RetryPolicy.exponential(Duration.ofSeconds(1)).upTo(Duration.ofMinutes(5)).unlimited();
  private RetryPolicy local =
      RetryPolicy.exponential(Duration.ofMillis(200)).upTo(MINUTE).attempts(10);
  private @Nullable Duration keyLifetime;
  private Duration quiescence = MINUTE;
  private Duration callTimeout = Duration.ofSeconds(30);
  private @Nullable Duration deadline;

  ReservationBuilder(String name, Class<S> type) {
    this.name = name;
    this.type = type;
  }

  /** The version, from 1; instances in flight finish on the version they began with. */
  public ReservationBuilder<S> version(int number) {
    this.version = number;
    return this;
  }

  /** What instances can be searched by. */
  public ReservationBuilder<S> attribute(String key, Function<S, String> value) {
    attributes.put(key, value);
    return this;
  }

  /** How states are encoded, if not as this Concordat does it. */
  public ReservationBuilder<S> codec(StateCodec own) {
    this.codec = own;
    return this;
  }

  /** The outside system's name: limits and reports go by it, and evidence names it. */
  public ReservationBuilder<S> provider(String system) {
    this.provider = system;
    return this;
  }

  /** How much is asked for, of the state that holding gave. */
  public ReservationBuilder<S> amount(Function<S, Money> of) {
    this.amount = of;
    return this;
  }

  /**
   * Holds what is asked for, in one commit with the intent of the call. A {@link RefusedException}
   * says that the business will not: nothing is held, and nobody is called.
   */
  public ReservationBuilder<S> hold(LocalAction<S> action) {
    this.hold = action;
    return this;
  }

  /** Asks the outside system to do it. */
  public ReservationBuilder<S> call(ProviderAction<S> action) {
    this.call = action;
    return this;
  }

  /** Asks the outside system how it stands, by the call's key. */
  public ReservationBuilder<S> status(ProviderAction<S> action) {
    this.status = action;
    return this;
  }

  /**
   * Voids it at the outside system, by the call's key: after that it is not done any more, even if
   * the call arrives only then. Answer REVERSED if that took something back, REFUSED if nothing was
   * there, DONE if it can no longer be voided.
   */
  public ReservationBuilder<S> cancelAtProvider(ProviderAction<S> action) {
    this.voiding = action;
    return this;
  }

  /** Gives back what was done too late, with a key of its own. */
  public ReservationBuilder<S> refund(ProviderAction<S> action) {
    this.refund = action;
    return this;
  }

  /** Makes final what is held: the evidence says that the outside system has done its part. */
  public ReservationBuilder<S> confirm(EvidenceAction<S> action) {
    this.confirm = action;
    return this;
  }

  /** Gives back what is held. */
  public ReservationBuilder<S> release(LocalAction<S> action) {
    this.release = action;
    return this;
  }

  /**
   * Takes back what was confirmed: the evidence says that the outside system took its part back.
   */
  public ReservationBuilder<S> reverse(EvidenceAction<S> action) {
    this.reverse = action;
    return this;
  }

  /** When the call is made again, with the same key; five attempts from 500 ms unless said. */
  public ReservationBuilder<S> retry(RetryPolicy policy) {
    this.retry = policy;
    return this;
  }

  /**
   * When it is asked again how it stands, and when a void or refund is tried again; from one second
   * to five minutes, for ever, unless said.
   */
  public ReservationBuilder<S> ask(RetryPolicy policy) {
    this.ask = policy;
    return this;
  }

  /** When holding, confirming and releasing are tried again; ten attempts unless said. */
  public ReservationBuilder<S> localRetry(RetryPolicy policy) {
    this.local = policy;
    return this;
  }

  /** How many questions, voids and refunds one process has under way at once; four unless said. */
  public ReservationBuilder<S> asksAtOnce(int most) {
    this.asksAtOnce = most;
    return this;
  }

  /**
   * How long the outside system remembers a key; for good unless said. No attempt at the call is
   * made that could arrive later, and from then on it is only asked how it stands.
   */
  public ReservationBuilder<S> keyLifetime(Duration time) {
    this.keyLifetime = time;
    return this;
  }

  /**
   * How long after an attempt it may still arrive, or not be seen yet by those who are asked: "not
   * found" counts only after that. One minute unless said.
   */
  public ReservationBuilder<S> quiescence(Duration time) {
    this.quiescence = time;
    return this;
  }

  /** How long an answer is waited for, and local code may take; 30 seconds unless said. */
  public ReservationBuilder<S> callTimeout(Duration time) {
    this.callTimeout = time;
    return this;
  }

  /** When nobody wants it any more: no attempt follows, but the outcome is still found out. */
  public ReservationBuilder<S> deadline(Duration time) {
    this.deadline = time;
    return this;
  }

  /** What stands before every call to the outside system. */
  public ReservationBuilder<S> guard(ProviderGuard before) {
    this.guard = before;
    return this;
  }

  /**
   * The definition.
   *
   * @throws RefusedException if something is missing or unsound, saying what
   */
  public Reservation<S> build() {
    require(
        NAME.matcher(name).matches(),
        "'"
            + name
            + "' cannot name a reservation: use 1 to 60"
            + " lower-case letters, digits, spaces, _ . and -, beginning with a letter or digit");
    require(version >= 1, "versions count from 1");
    require(asksAtOnce >= 1, "at least one question at a time");
    require(!quiescence.isNegative(), "quiescence cannot be negative");
    require(isPositive(callTimeout), "the time limit of the call must be positive");
    require(keyLifetime == null || isPositive(keyLifetime), "the key's lifetime must be positive");
    require(deadline == null || isPositive(deadline), "the deadline must lie ahead");
    return new Reservation<>(type, plan(), code(), codec, attributes);
  }

  private ReservationPlan plan() {
    Set<Can> can = EnumSet.noneOf(Can.class);
    add(can, Can.ASK, status);
    add(can, Can.VOID, voiding);
    add(can, Can.REFUND, refund);
    add(can, Can.REVERSE, reverse);
    return new ReservationPlan(
        name,
        version,
        needed(provider, "provider"),
        retry,
        ask,
        local,
        Optional.ofNullable(keyLifetime),
        quiescence,
        callTimeout,
        Optional.ofNullable(deadline),
        can);
  }

  private ReservationCode<S> code() {
    return new ReservationCode<>(
        needed(amount, "amount"),
        needed(hold, "hold"),
        needed(call, "call"),
        needed(confirm, "confirm"),
        needed(release, "release"),
        status,
        voiding,
        refund,
        reverse,
        Objects.requireNonNull(guard, "guard"),
        asksAtOnce);
  }

  private static void add(Set<Can> can, Can what, @Nullable Object code) {
    if (code != null) {
      can.add(what);
    }
  }

  private <T> T needed(@Nullable T value, String what) {
    require(value != null, "it has no " + what);
    return Objects.requireNonNull(value);
  }

  private static boolean isPositive(Duration time) {
    return !time.isNegative() && !time.isZero();
  }

  private void require(boolean sound, String otherwise) {
    if (!sound) {
      throw new RefusedException("reservation '" + name + "' is not sound: " + otherwise);
    }
  }
}
