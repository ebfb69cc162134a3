package dev.concordat.reservation;

import dev.concordat.core.Status;
import dev.concordat.engine.Engine;
import dev.concordat.store.Entry;
import dev.concordat.store.Holds;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is unresolved. Reads the database page by page when it is asked, so it costs the same memory
 * however much there is.
 */
public final class ReservationReport {

  private static final int PAGE = 500;

  private final Engine engine;
  private final @Nullable String provider;
  private final Instant at;

  ReservationReport(Engine engine, @Nullable String provider) {
    this.engine = engine;
    this.provider = provider;
    this.at = engine.now();
  }

  /** When it was asked for, by the database's clock. */
  public Instant at() {
    return at;
  }

  /**
   * A sum of what is held or to be corrected and not resolved.
   *
   * @param minor the exact sum in minor units
   */
  public record Total(String provider, String currency, long count, BigInteger minor) {}

  /** The sums, by provider and currency. */
  public List<Total> totals() {
    return engine.soon(() -> engine.store().holds().atRisk()).stream()
        .filter(sum -> provider == null || provider.equals(sum.provider()))
        .map(sum -> new Total(sum.provider(), sum.currency(), sum.count(), sum.minor()))
        .toList();
  }

  private static final String UNHEARD =
      "it has ended, and what was said about it since is not taken up yet: a worker that has its"
          + " definition must run";

  /**
   * A reservation, or a correction of one, that has not ended; or that has, and has not taken up
   * yet what was said since, which may contradict how it ended.
   *
   * @param id the instance's id
   * @param key the idempotency key of its call or refund
   * @param amount what is at risk
   * @param phase where it stands: CALLING, UNKNOWN, VOIDING …
   * @param since when it began
   * @param age how long ago that was
   * @param nextCheck when it is looked at next, if it waits for time to pass
   * @param broken what waits for a person, if something does
   * @param reason why, if there is more to say
   * @param evidence the piece kept of each source, weakest source first
   */
  public record Unresolved(
      String id,
      String provider,
      String key,
      Money amount,
      Status status,
      String phase,
      Instant since,
      Duration age,
      Optional<Instant> nextCheck,
      Optional<ReservationBreak> broken,
      Optional<String> reason,
      List<Evidence> evidence) {}

  /** Everything that is unresolved, oldest first, one after the other. */
  public void unresolved(Consumer<Unresolved> each) {
    Holds holds = engine.store().holds();
    List<Holds.Unsettled> page = List.of();
    long after = Long.MIN_VALUE;
    do {
      long from = after;
      page = engine.soon(() -> holds.unsettled(provider, from, PAGE));
      List<Long> numbers = page.stream().map(row -> row.hold().instance()).toList();
      Map<Long, List<Entry>> journals = engine.soon(() -> holds.journals(numbers));
      for (Holds.Unsettled row : page) {
        after = row.hold().instance();
        each.accept(unresolved(row, journals.getOrDefault(after, List.of())));
      }
    } while (page.size() == PAGE);
  }

  private Unresolved unresolved(Holds.Unsettled row, List<Entry> entries) {
    ReservationState state = state(entries);
    ReservationEvent.AttentionNeeded attention = state.attention;
    ReservationBreak broken = attention == null ? null : attention.broken();
    Optional<Instant> due =
        row.due().isPresent() || state.askAt == null ? row.due() : Optional.of(state.askAt);
    String reason =
        row.status().isFinal() ? UNHEARD : attention == null ? null : attention.reason();
    return new Unresolved(
        row.id(),
        row.hold().provider(),
        row.hold().key(),
        new Money(row.hold().minor(), row.hold().currency()),
        row.status(),
        state.phase.name(),
        row.since(),
        Duration.between(row.since(), at),
        due,
        Optional.ofNullable(broken),
        Optional.ofNullable(reason),
        state.findings.all());
  }

  private static ReservationState state(List<Entry> entries) {
    try {
      return ReservationState.EMPTY.applyAll(ReservationJournal.read(entries));
    } catch (RuntimeException e) {
      // Whatever cannot be read here is still money at risk.
      return ReservationState.EMPTY;
    }
  }

  /**
   * Evidence about a key that no reservation has.
   *
   * @param no what {@link Reservations#acknowledge} takes
   * @param broken {@link ReservationBreak#CHARGE_WITHOUT_INTENT} if it says that something moved,
   *     or may yet; null if it says that nothing did
   */
  public record Stray(
      long no,
      String provider,
      String key,
      @Nullable ReservationBreak broken,
      Instant at,
      Evidence said) {}

  /** All evidence without an intent that nobody has acknowledged, oldest first. */
  public void strays(Consumer<Stray> each) {
    List<Holds.Stray> page = List.of();
    long after = 0;
    do {
      long from = after;
      page = engine.soon(() -> engine.store().holds().strays(from, PAGE));
      for (Holds.Stray row : page) {
        after = row.no();
        if (provider == null || provider.equals(row.provider())) {
          each.accept(stray(row));
        }
      }
    } while (page.size() == PAGE);
  }

  private static Stray stray(Holds.Stray row) {
    Evidence said = ReservationJournal.evidence(row.evidence());
    ReservationBreak broken =
        switch (said.finding()) {
          case DONE, REVERSED, PENDING -> ReservationBreak.CHARGE_WITHOUT_INTENT;
          case REFUSED, NOT_FOUND -> null;
        };
    return new Stray(row.no(), row.provider(), row.key(), broken, row.at(), said);
  }
}
