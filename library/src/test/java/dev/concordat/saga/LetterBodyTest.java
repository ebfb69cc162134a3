package dev.concordat.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.Payload;
import dev.concordat.core.StateCodec;
import dev.concordat.core.Verb;
import dev.concordat.json.JsonCodec;
import dev.concordat.runner.Asked;
import dev.concordat.runner.States;
import dev.concordat.saga.SagaStimulus.Request;
import dev.concordat.store.Mailbox.Letter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Goal: letters say what was asked, and a supplied result is a merge patch of the state (RFC 7396).
 * Method: letters written and read back over a state that waits for a person.
 */
class LetterBodyTest {

  record Address(@Nullable String street, @Nullable String town) {}

  record Order(
      BigDecimal amount,
      @Nullable String hold,
      @Nullable Address address,
      Map<String, Integer> items) {}

  private static final JsonCodec CODEC = new JsonCodec();
  private static final Order ORDER =
      new Order(
          new BigDecimal("10.00"), "h1", new Address("Main St 1", "Bern"), Map.of("a", 1, "b", 2));

  private static final Saga<Order> SAGA =
      Saga.named("order", Order.class)
          .step("reserve", (s, call) -> s)
          .noCompensation("none")
          .parallel(
              Saga.branch(Order.class).step("b1", (s, call) -> s).noCompensation("none"),
              Saga.branch(Order.class).step("b2", (s, call) -> s).noCompensation("none"))
          .build();

  private final States<Order> states = SAGA.states(CODEC, 10_000);

  private static SagaState parkedAt(@Nullable String step) {
    return SagaState.EMPTY
        .apply(new SagaEvent.Started(new Payload(CODEC.encode(ORDER), true), null, null))
        .apply(new SagaEvent.AttentionNeeded(step, "look"));
  }

  private static Request read(Letter letter, States<?> states, SagaState state) {
    return LetterBody.read(letter, states, SAGA.plan(), state);
  }

  private static String operate(
      Verb verb, String by, @Nullable String reason, @Nullable String result) {
    return new Asked(verb, by, reason, result).write();
  }

  private static Letter letter(String kind, String body) {
    return new Letter(1, 1, kind, body, Instant.EPOCH);
  }

  private Order supplied(String result) {
    String body = operate(Verb.SUPPLY, "anna", "by phone", result);
    Request.Operate asked =
        (Request.Operate) read(letter("OPERATE", body), states, parkedAt("reserve"));
    return CODEC.decode(asked.result().text(), Order.class);
  }

  @Nested
  class Supplying {

    @Test
    void aFieldGivenReplacesTheStatesAndTheRestStays() {
      assertThat(supplied("{\"hold\":\"h2\"}"))
          .isEqualTo(new Order(ORDER.amount(), "h2", ORDER.address(), ORDER.items()));
    }

    @Test
    void nullTakesAFieldAway() {
      assertThat(supplied("{\"hold\":null}").hold()).isNull();
    }

    @Test
    void objectsWithinAreMergedToo() {
      Order order = supplied("{\"address\":{\"town\":\"Thun\"},\"items\":{\"a\":null,\"c\":3}}");

      assertThat(order.address()).isEqualTo(new Address("Main St 1", "Thun"));
      assertThat(order.items()).isEqualTo(Map.of("b", 2, "c", 3));
    }

    @Test
    void anObjectWhereThereWasNoneIsTakenAsItIsButForItsNulls() {
      String body =
          operate(Verb.SUPPLY, "anna", null, "{\"address\":{\"street\":null,\"town\":\"Chur\"}}");
      Order bare = new Order(BigDecimal.ONE, null, null, Map.of());
      SagaState state =
          SagaState.EMPTY
              .apply(new SagaEvent.Started(new Payload(CODEC.encode(bare), true), null, null))
              .apply(new SagaEvent.AttentionNeeded("reserve", "look"));

      Request.Operate asked = (Request.Operate) read(letter("OPERATE", body), states, state);

      assertThat(CODEC.decode(asked.result().text(), Order.class).address())
          .isEqualTo(new Address(null, "Chur"));
      assertThat(asked.result().text()).doesNotContain("street");
    }

    @Test
    void amountsKeepTheirDigits() {
      assertThat(supplied("{}").amount()).isEqualTo(new BigDecimal("10.00"));
      assertThat(supplied("{\"amount\":0.1000000000000000000001}").amount())
          .isEqualTo(new BigDecimal("0.1000000000000000000001"));
    }

    @Test
    void aStepInABranchSeesTheStateOfItsBranch() {
      Order inBranch = new Order(BigDecimal.TEN, "branch", null, Map.of());
      SagaState state =
          parkedAt("b2")
              .apply(
                  new SagaEvent.StepDone(
                      "b1", 1, "1/0", new Payload(CODEC.encode(inBranch), true)));

      Request.Operate asked =
          (Request.Operate)
              read(letter("OPERATE", operate(Verb.SUPPLY, "anna", null, "{}")), states, state);

      assertThat(CODEC.decode(asked.result().text(), Order.class)).isEqualTo(ORDER);
    }

    @Test
    void whatDoesNotFitTheStateCannotBeRead() {
      assertThatThrownBy(() -> supplied("{\"amount\":\"much\"}"))
          .hasMessageContaining("no longer decodes as Order");
      assertThatThrownBy(() -> supplied("not json"));
    }

    @Test
    void aSealedStateIsSuppliedAsAWhole() {
      StateCodec reversed = new Reversed();
      States<Order> sealed = SAGA.states(reversed, 10_000);
      String whole = reversed.encode(ORDER);

      Request.Operate asked =
          (Request.Operate)
              read(
                  letter("OPERATE", operate(Verb.SUPPLY, "anna", null, whole)),
                  sealed,
                  parkedAt("reserve"));

      assertThat(asked.result()).isEqualTo(new Payload(whole, false));
    }
  }

  @Nested
  class Reading {

    @Test
    void aVerbWithItsPersonAndReason() {
      String body = operate(Verb.SKIP, "anna \"ops\"", "agreed\nby phone", null);

      assertThat(read(letter("operate", body), states, parkedAt("reserve")))
          .isEqualTo(new Request.Operate(Verb.SKIP, "anna \"ops\"", "agreed\nby phone", null));
    }

    @Test
    void aSignalWithAnyNameAndPayload() {
      for (Payload payload :
          List.of(new Payload("{\"yes\":true}", true), new Payload("sealed \"x\"", false))) {
        String body = LetterBody.signal("approved \uD83D\uDE80 \"2\"", payload);

        assertThat(read(letter("SIGNAL", body), states, parkedAt(null)))
            .isEqualTo(new Request.Signal("approved \uD83D\uDE80 \"2\"", payload));
      }
    }

    @Test
    void newsOfAChild() {
      assertThat(read(letter("CHILD", "{}"), states, parkedAt(null)))
          .isEqualTo(new Request.ChildNews());
    }

    @Test
    void aLetterOfAnotherKindIsSaidToBeUnreadable() {
      assertThat(read(letter("SING", "{}"), states, parkedAt(null)))
          .isEqualTo(new Request.Unreadable("SING", "no saga understands this kind of letter"));
    }

    @Test
    void aVerbThatDoesNotExistCannotBeRead() {
      assertThatThrownBy(() ->
              read(
                  letter("OPERATE", "{\"verb\":\"EXPLODE\",\"by\":\"anna\"}"),
                  states,
                  parkedAt(null)))
          .hasMessageContaining("EXPLODE");
    }
  }

  /** A codec whose texts are no JSON. */
  private static final class Reversed implements StateCodec {
    @Override
    public String encode(Object state) {
      return new StringBuilder(CODEC.encode(state)).reverse().toString();
    }

    @Override
    public <T> T decode(String text, Class<T> type) {
      return CODEC.decode(new StringBuilder(text).reverse().toString(), type);
    }
  }
}
