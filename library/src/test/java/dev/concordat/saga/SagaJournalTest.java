package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.concordat.core.FailureKind;
import dev.concordat.core.Payload;
import dev.concordat.core.Verb;
import dev.concordat.json.JsonCodec;
import dev.concordat.saga.SagaEvent.Cause;
import dev.concordat.store.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: what is in a journal reads the same for ever, whatever is in a state (P1, P3; T10). Method:
 * round trips of every kind of event, and a golden file that must never change.
 */
class SagaJournalTest {

  private static final Instant AT = Instant.parse("2026-03-04T05:06:07.123456Z");

  /** What the first release did not write. */
  private static final Set<Class<? extends SagaEvent>> LATER =
      Set.of(
          SagaEvent.CommandSent.class,
          SagaEvent.ReplyReceived.class,
          SagaEvent.ReplyTaken.class,
          SagaEvent.ReplyUnawaited.class,
          SagaEvent.CompensationSent.class);

  private static final Payload STATE = new Payload("{\"amount\":1200,\"hold\":null}", true);

  private record Money(BigDecimal amount, String note) {}

  /** One event of each kind, with every field set. */
  static List<SagaEvent> oneOfEach() {
    return List.of(
        new SagaEvent.Started(STATE, AT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        new SagaEvent.StepStarted("reserve", 2),
        new SagaEvent.StepDone("reserve", 2, "1/0", STATE),
        new SagaEvent.Joined(STATE),
        new SagaEvent.StepSkipped("gift", "its condition does not hold", false),
        new SagaEvent.StepRefused("pay", 1, "insufficient funds"),
        new SagaEvent.AttemptFailed("pay", 1, FailureKind.UNKNOWN, true, "no answer", AT, AT),
        new SagaEvent.AttemptLost("pay", 3, true),
        new SagaEvent.LookUpStarted("pay", 4),
        new SagaEvent.StepGivenUp("pay", true, "every attempt failed"),
        new SagaEvent.Sleeping("cool down", AT),
        new SagaEvent.Awaiting("approval", "approved", AT),
        new SagaEvent.SignalReceived(1, "approved", STATE),
        new SagaEvent.CommandSent("pay", 2, AT),
        new SagaEvent.ReplyReceived(
            5, "pay", false, "Paid", true, false, "no funds", Map.of("a", "b"), "{}", true),
        new SagaEvent.ReplyTaken("pay", 2),
        new SagaEvent.ReplyUnawaited(6, "pay", true, "Paid", "the step is DONE"),
        new SagaEvent.ChildStarted("ship", 1),
        new SagaEvent.ChildAwaited("ship", 1),
        new SagaEvent.ChildReported(2),
        new SagaEvent.Halted(Cause.CANCELLED, "pay", "cancelled by anna"),
        new SagaEvent.CompensationBegan(),
        new SagaEvent.CompensationStarted("reserve", 1),
        new SagaEvent.CompensationSent("reserve", 1, AT),
        new SagaEvent.CompensationDone("reserve", 1),
        new SagaEvent.CompensationFailed("reserve", 1, FailureKind.TRANSIENT, "busy", AT, AT),
        new SagaEvent.CompensationSkipped("gift", "it harms nobody"),
        new SagaEvent.AttentionNeeded("reserve", "it does not succeed"),
        new SagaEvent.VerbApplied(3, Verb.SKIP, "reserve", "anna", "agreed with the customer"),
        new SagaEvent.LetterRefused(4, "CANCEL", "anna", "it is being compensated already"),
        new SagaEvent.TakenOver(),
        new SagaEvent.HandedOver(),
        new SagaEvent.Completed(),
        new SagaEvent.Compensated());
  }

  private static List<SagaEvent> read(String entry) {
    return SagaJournal.read(new Entry(7, 1, entry, AT));
  }

  private static String golden(String name) throws IOException {
    try (InputStream in = SagaJournalTest.class.getResourceAsStream("/journals/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void thereIsOneEventOfEachKindInThisTest() {
    assertThat(oneOfEach().stream().map(Object::getClass))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(SagaEvent.OfStep.class, SagaEvent.OfSaga.class)
                .flatMap(group -> Arrays.stream(group.getPermittedSubclasses()))
                .toList());
  }

  @ParameterizedTest
  @MethodSource("oneOfEach")
  void everyKindOfEventReadsAsItWasWritten(SagaEvent event) {
    assertThat(read(SagaJournal.write(List.of(event)))).containsExactly(event);
  }

  @Test
  @DisplayName("P1: a journal written by the first release still reads")
  void aJournalWrittenByTheFirstReleaseStillReads() throws IOException {
    List<SagaEvent> known = new ArrayList<>(oneOfEach());
    known.removeIf(event -> LATER.contains(event.getClass()));

    assertThat(read(golden("v1.json"))).isEqualTo(known);
  }

  @Test
  @DisplayName("P1: the events of commands still read")
  void theEventsOfCommandsStillRead() throws IOException {
    List<SagaEvent> commands = new ArrayList<>(oneOfEach());
    commands.removeIf(event -> !LATER.contains(event.getClass()));

    assertThat(read(golden("v2-commands.json"))).isEqualTo(commands);
  }

  @Test
  void whatIsNullIsNotWritten() {
    String written =
        SagaJournal.write(
            List.of(
                new SagaEvent.StepDone("a", 1, null, null),
                new SagaEvent.Awaiting("b", "b", null)));

    assertThat(written)
        .isEqualTo(
            "[{\"event\":\"StepDone\",\"step\":\"a\",\"attempt\":1},"
                + "{\"event\":\"Awaiting\",\"step\":\"b\",\"signal\":\"b\"}]");
    assertThat(read(written)).hasSize(2);
  }

  @Test
  void theStartOfAStepThatIsDoneInTheSameEntryIsLeftOut() {
    SagaEvent start = new SagaEvent.StepStarted("a", 1);
    SagaEvent done = new SagaEvent.StepDone("a", 1, null, null);
    SagaEvent other = new SagaEvent.StepDone("b", 1, null, null);

    assertThat(read(SagaJournal.write(List.of(start, done)))).containsExactly(done);
    assertThat(read(SagaJournal.write(List.of(start, other)))).containsExactly(start, other);
    assertThat(read(SagaJournal.write(List.of(start)))).containsExactly(start);
  }

  @Test
  void aStateThatIsNoJsonIsSealed() {
    Payload sealed = new Payload("AES:\"quoted\" \\ {not json", false);

    SagaEvent started = new SagaEvent.Started(sealed, null, null);
    String written = SagaJournal.write(List.of(started));

    assertThat(written).contains("\"$sealed\"");
    assertThat(read(written)).containsExactly(started);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "ünï¢ødé — 漢字 עברית",
        "\uD83D\uDE80 beyond the plane",
        "a NUL \u0000 inside",
        "\u0001\u001f\u007f\u2028\u2029 controls",
        "\"quotes\" and \\ back\\\\slashes",
        "half a pair \uD83D alone",
        ""
      })
  void anyTextInAStateSurvives(String text) {
    JsonCodec codec = new JsonCodec();
    Money money = new Money(BigDecimal.ONE, text);

    String written =
        SagaJournal.write(
            List.of(new SagaEvent.Started(new Payload(codec.encode(money), true), null, null)));
    SagaEvent.Started back = (SagaEvent.Started) read(written).get(0);

    assertThat(codec.decode(back.input().text(), Money.class)).isEqualTo(money);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.00",
        "0.10",
        "12345678901234567890.123456789012345678901234567890",
        "-0.000000000000000000000000001",
        "99999999999999999999999999999999"
      })
  void anAmountOfMoneyKeepsEveryDigit(String amount) {
    JsonCodec codec = new JsonCodec();
    Money money = new Money(new BigDecimal(amount), "");

    String written =
        SagaJournal.write(
            List.of(new SagaEvent.Started(new Payload(codec.encode(money), true), null, null)));
    SagaEvent.Started back = (SagaEvent.Started) read(written).get(0);

    assertThat(codec.decode(back.input().text(), Money.class)).isEqualTo(money);
  }

  @Test
  void fieldsOfALaterReleaseAreIgnored() {
    assertThat(
            read("[{\"event\":\"StepStarted\",\"step\":\"a\",\"attempt\":1,\"colour\":\"red\"}]"))
        .containsExactly(new SagaEvent.StepStarted("a", 1));
  }

  @Test
  void anEventOfAnUnknownKindIsNamedWithItsEntry() {
    assertThatIllegalStateException()
        .isThrownBy(() -> read("[{\"event\":\"StepTeleported\",\"step\":\"a\"}]"))
        .withMessageContaining("entry 7 of the journal cannot be read")
        .withMessageContaining("StepTeleported");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "null", "[{\"step\":\"a\"}]", "[{\"event\":\"StepDone\",", "7"})
  void whatIsNoJournalIsRefusedWithItsEntry(String entry) {
    assertThatIllegalStateException()
        .isThrownBy(() -> read(entry))
        .withMessageContaining("entry 7 of the journal cannot be read");
  }

  @Test
  void entriesReadInOrder() {
    SagaEvent one = new SagaEvent.StepStarted("a", 1);
    SagaEvent two = new SagaEvent.StepDone("a", 1, null, null);

    assertThat(
            SagaJournal.read(
                List.of(
                    new Entry(0, 1, SagaJournal.write(List.of(one)), AT),
                    new Entry(1, 1, SagaJournal.write(List.of(two)), AT))))
        .containsExactly(one, two);
  }
}
