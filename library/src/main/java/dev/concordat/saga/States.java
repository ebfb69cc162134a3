package dev.concordat.saga;

import dev.concordat.core.StateCodec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Encodes and decodes the states of one saga, within the size limit. */
final class States<S> {

  private final Class<S> type;
  private final SagaPlan plan;
  private final StateCodec codec;
  private final int maxLength;

  States(Saga<S> saga, StateCodec codec, int maxLength) {
    this.type = saga.type();
    this.plan = saga.plan();
    this.codec = Objects.requireNonNullElse(saga.codec(), codec);
    this.maxLength = maxLength;
  }

  S decode(Payload payload) {
    return decode(payload, type);
  }

  <P> P decode(Payload payload, Class<P> as) {
    Object known = payload.value();
    if (as.isInstance(known)) {
      return as.cast(known);
    }
    P decoded;
    try {
      decoded = codec.decode(payload.text(), as);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "it no longer decodes as " + as.getSimpleName() + ": " + e.getMessage(), e);
    }
    if (decoded == null) {
      throw new IllegalStateException("it decodes to null, not to a " + as.getSimpleName());
    }
    if (Immutability.isDeep(decoded.getClass())) {
      payload.value(decoded);
    }
    return decoded;
  }

  Payload encode(Object state) {
    Objects.requireNonNull(state, "a step returned null instead of the state");
    String text = codec.encode(state);
    if (text.length() > maxLength) {
      throw new IllegalStateException(
          "the state has "
              + text.length()
              + " characters encoded, and the limit is "
              + maxLength
              + "; keep large things elsewhere and only a reference to them in the state, or raise"
              + " maxStateLength");
    }
    if (!codec.isJson() && text.indexOf('\0') >= 0) {
      throw new IllegalStateException(
          "the codec wrote a NUL, which PostgreSQL cannot store as text");
    }
    return Immutability.isDeep(state.getClass())
        ? new Payload(text, codec.isJson(), state)
        : new Payload(text, codec.isJson());
  }

  /**
   * Encodes what a caller gives, and makes sure that it can be read back.
   *
   * @throws IllegalStateException if it cannot
   */
  Payload encodeForGood(S state) {
    Payload encoded = encode(state);
    decode(encoded);
    return encoded;
  }

  /** The encoded state, or null if the step left it as it was. */
  @Nullable Payload encodeIfChanged(Payload before, S after) {
    Payload encoded = encode(after);
    return encoded.equals(before) ? null : encoded;
  }

  /** What that step sees of the state. */
  Payload seenBy(SagaState state, String step) {
    return state.dataIn(plan.branchOf(step));
  }

  String fingerprint(S state) {
    return codec.fingerprint(state);
  }

  boolean isJson() {
    return codec.isJson();
  }
}
