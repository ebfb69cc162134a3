package dev.concordat.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import dev.concordat.store.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Goal: every event comes back from the journal as it went in, and old journals still read. */
class ReservationJournalTest {

  private static final Instant AT = Instant.parse("2026-12-01T10:00:00.123456Z");
  private static final Money MONEY = new Money(4200, "EUR");
  private static final Payload DATA = new Payload("{\"amount\":1.10}", true);
  private static final Evidence SAID =
      new Evidence(
          Evidence.Source.CALLBACK, Evidence.Finding.DONE, MONEY, "c1", "e1", AT, "paid \"ä\"");
  private static final ReservationEvent.Correction LATE =
      new ReservationEvent.Correction(
          ReservationEvent.Correction.How.PERSON, ReservationBreak.LATE_SUCCESS, "too late");

  /** The kinds that the first version did not know. */
  private static final Set<Class<?>> SINCE =
      Set.of(ReservationEvent.AttemptPaced.class, ReservationEvent.RefundStarted.class);

  /** One of each kind, in an order that makes no sense. */
  static List<ReservationEvent> all() {
    return List.of(
        new ReservationEvent.ReservationStarted(DATA, AT, "00-trace"),
        new ReservationEvent.ReservationCorrectionStarted(
            new Payload("sealed", false), "p1", "key", MONEY, LATE, SAID, AT, null),
        new ReservationEvent.Held(DATA, MONEY),
        new ReservationEvent.HoldRefused("too poor"),
        new ReservationEvent.CallStarted(1, "key", "hash", AT, AT),
        new ReservationEvent.CallAnswered(1, SAID, null, AT),
        new ReservationEvent.KeyMisused(1, "another amount"),
        new ReservationEvent.CallFailed(1, FailureKind.UNKNOWN, true, true, "HTTP 500", AT, AT, AT),
        new ReservationEvent.CallLost(1, AT, AT, null),
        new ReservationEvent.Looked(1, null, "HTTP 500", AT, AT, false),
        new ReservationEvent.AttemptPaced(ReservationTask.VOID, 1, AT),
        new ReservationEvent.RefundStarted(1, AT),
        new ReservationEvent.AskPaced(1, AT),
        new ReservationEvent.EvidenceFound(3, SAID, "ops"),
        new ReservationEvent.EvidenceRepeated(4, Evidence.Source.SETTLEMENT, "line 7"),
        new ReservationEvent.CheckAsked(5, AT),
        new ReservationEvent.Halted(ReservationEvent.Cause.DEADLINE, "too late"),
        new ReservationEvent.VoidBegan("not found", AT),
        new ReservationEvent.VoidAnswered(1, SAID, AT),
        new ReservationEvent.Decided(true, "done"),
        new ReservationEvent.AttemptFailed(
            ReservationTask.CONFIRM, 2, FailureKind.TRANSIENT, "deadlock", AT, AT, false),
        new ReservationEvent.Confirmed(DATA),
        new ReservationEvent.Released(DATA),
        new ReservationEvent.Reversed(DATA),
        new ReservationEvent.Refunded(1, SAID),
        new ReservationEvent.Told(),
        new ReservationEvent.LateFound(1, LATE, SAID, MONEY),
        new ReservationEvent.CorrectionBegun(1, "p1~late-1"),
        new ReservationEvent.AttentionNeeded(ReservationBreak.AMOUNT_DIFFERS, "half of it"),
        new ReservationEvent.SetAside("ops", "done by hand"),
        new ReservationEvent.VerbApplied(6, Verb.RETRY, "ops", null, AT),
        new ReservationEvent.LetterRefused(7, "OPERATE", "ops", "it has ended"),
        new ReservationEvent.TakenOver(),
        new ReservationEvent.HandedOver());
  }

  @Test
  void everyKindComesBackAsItWentIn() {
    assertThat(all().stream().map(Object::getClass).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(ReservationEvent.class.getPermittedSubclasses())
                .collect(Collectors.toSet()));

    String text = ReservationJournal.write(all());

    assertThat(ReservationJournal.read(new Entry(0, 1, text, AT))).isEqualTo(all());
    assertThat(text).contains("1.10").contains("$sealed");
  }

  @Test
  void theFirstEventTellsTheProtocol() {
    for (ReservationEvent first : all().subList(0, 2)) {
      Entry entry = new Entry(0, 1, ReservationJournal.write(List.of(first)), AT);
      assertThat(ReservationJournal.isOurs(List.of(entry))).isTrue();
    }
    assertThat(ReservationJournal.isOurs(List.of(new Entry(0, 1, "[{\"event\":\"Started\"}]", AT))))
        .isFalse();
  }

  @Test
  void journalsOfTheFirstVersionStillRead() throws IOException {
    try (InputStream in =
        ReservationJournalTest.class.getResourceAsStream("/journals/v7-reservations.json")) {
      assertThat(in).isNotNull();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);

      assertThat(ReservationJournal.read(new Entry(0, 1, text, AT)))
          .isEqualTo(all().stream().filter(event -> !SINCE.contains(event.getClass())).toList());
    }
  }

  @Test
  void whatTheSecondVersionAddedStillReads() throws IOException {
    try (InputStream in =
        ReservationJournalTest.class.getResourceAsStream("/journals/v8-reservations.json")) {
      assertThat(in).isNotNull();
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);

      assertThat(ReservationJournal.read(new Entry(0, 1, text, AT)))
          .containsExactly(
              new ReservationEvent.Looked(2, null, "circuit is open", AT, AT, true),
              new ReservationEvent.AttemptPaced(ReservationTask.VOID, 1, AT),
              new ReservationEvent.RefundStarted(1, AT));
    }
  }

  @Test
  void everyEventIsToldInWords() {
    assertThat(all())
        .allSatisfy(
            event -> assertThat(ReservationTelling.text(event)).isNotBlank().doesNotContain("["));
  }
}
