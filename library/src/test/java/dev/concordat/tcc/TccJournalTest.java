package dev.concordat.tcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import dev.concordat.store.Entry;
import dev.concordat.tcc.TccEvent.Cause;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: what is on disk can be read for ever (P1). Method: one event of each kind, and a file. */
class TccJournalTest {

  private static final Instant AT = Instant.parse("2026-03-04T05:06:07.123456Z");
  private static final Payload INPUT = new Payload("{\"amount\":12.50,\"to\":null}", true);
  private static final UUID TRANSACTION = UUID.fromString("0195600a-1b2c-7abc-8def-0123456789ab");

  private static List<TccEvent> oneOfEach() {
    return List.of(
        new TccEvent.Accepted(
            INPUT,
            TRANSACTION,
            AT,
            AT,
            List.of(
                new TccEvent.Branch("account", "{ \"cents\": 1.0 }"),
                new TccEvent.Branch("fee", null)),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        new TccEvent.Sent(TccOperation.TRY, "account", 1),
        new TccEvent.Done(TccOperation.CONFIRM, "account", 2, "{\"hold\":7}"),
        new TccEvent.Refused("account", 1, TccAnswer.Code.REFUSED, "insufficient funds"),
        new TccEvent.Failed(
            TccOperation.TRY, "account", 1, FailureKind.UNKNOWN, "no answer", AT, AT),
        new TccEvent.Lost(TccOperation.CANCEL, "account", 3),
        new TccEvent.Decided(TccOperation.CANCEL, Cause.REFUSED, "account", "insufficient funds"),
        new TccEvent.Contradicted(
            TccOperation.CONFIRM, "account", 1, TccAnswer.Code.EXPIRED, "given back"),
        new TccEvent.AttentionNeeded("account", "it could not be confirmed"),
        new TccEvent.Settled("account", "settled by anna: booked by hand"),
        new TccEvent.VerbApplied(1, Verb.SKIP, "account", "anna", "booked by hand"),
        new TccEvent.LetterRefused(2, "FORWARD", "anna", "it is decided"),
        new TccEvent.TakenOver(),
        new TccEvent.HandedOver(),
        new TccEvent.Confirmed(),
        new TccEvent.Cancelled());
  }

  private static Entry entry(String events) {
    return new Entry(7, 1, events, AT);
  }

  @Test
  void thereIsOneEventOfEachKindInThisTest() {
    assertThat(oneOfEach().stream().map(Object::getClass))
        .containsExactlyInAnyOrder(TccEvent.class.getPermittedSubclasses());
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void everyKindOfEventReadsAsItWasWritten(TccEvent event) {
    String written = TccJournal.write(List.of(event));

    assertThat(TccJournal.read(entry(written))).containsExactly(event);
  }

  @Test
  @DisplayName("P1: a journal written by the first release still reads")
  void aJournalWrittenByTheFirstReleaseStillReads() throws IOException {
    String golden = golden();

    assertThat(TccJournal.read(entry(golden))).isEqualTo(oneOfEach());
    assertThat(TccJournal.isOurs(entry(golden))).isTrue();
  }

  private static String golden() throws IOException {
    try (InputStream in = TccJournalTest.class.getResourceAsStream("/journals/v5-tcc.json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  @DisplayName("P3: what a participant is told is kept to the byte")
  void whatAParticipantIsToldIsKeptToTheByte() {
    String body = "{ \"b\":1.00,  \"a\":\"\\u0041\" }";
    TccEvent accepted =
        new TccEvent.Accepted(
            INPUT, TRANSACTION, AT, AT, List.of(new TccEvent.Branch("a", body)), null);
    TccState state =
        TccState.EMPTY.applyAll(TccJournal.read(entry(TccJournal.write(List.of(accepted)))));

    assertThat(state.body("a")).isEqualTo(body);
  }

  @Test
  void aStateThatIsNoJsonIsSealed() {
    Payload sealed = new Payload("x".repeat(9), false);
    TccEvent accepted = new TccEvent.Accepted(sealed, TRANSACTION, AT, AT, List.of(), null);

    assertThat(TccJournal.read(entry(TccJournal.write(List.of(accepted)))))
        .containsExactly(accepted);
  }

  @Test
  void otherJournalsAreNotOurs() {
    assertThat(TccJournal.isOurs(entry("[{\"event\":\"Started\"}]"))).isFalse();
    assertThat(TccJournal.isOurs(entry("[]"))).isFalse();
    assertThatThrownBy(() -> TccJournal.read(entry("[{\"event\":\"TccUnheard\"}]")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("entry 7");
  }
}
