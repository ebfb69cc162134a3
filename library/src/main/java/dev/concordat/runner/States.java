package dev.concordat.runner;

import dev.concordat.core.Payload;
import dev.concordat.core.StateCodec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the states of one definition, within the size limit.
 *
 * @param <S> the state's type
 */
public final class States<S> {

  private final Class<S> type;
  private final StateCodec codec;
  private final int maxLength;

  /**
   * States of that type.
   *
   * @param maxLength the most characters an encoded state may have
   */
  public States(Class<S> type, StateCodec codec, int maxLength) {
    this.type = type;
    this.codec = codec;
    this.maxLength = maxLength;
  }

  /**
   * The state.
   *
   * @throws IllegalStateException if it no longer decodes
   */
  public S decode(Payload payload) {
    return decode(payload, type);
  }

  /** The same for another type. */
  public <P> P decode(Payload payload, Class<P> as) {
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

  /**
   * What the journal keeps.
   *
   * @throws IllegalStateException if it is too long, or cannot be stored
   */
  public Payload encode(Object state) {
    Objects.requireNonNull(state, "null was returned instead of the state");
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
  public Payload encodeForGood(S state) {
    Payload encoded = encode(state);
    decode(encoded);
    return encoded;
  }

  /** The encoded state, or null if it is as it was. */
  public @Nullable Payload encodeIfChanged(Payload before, S after) {
    Payload encoded = encode(after);
    return encoded.equals(before) ? null : encoded;
  }

  /** What tells one state from another. */
  public String fingerprint(S state) {
    return codec.fingerprint(state);
  }

  /** Whether encoded states are JSON. */
  public boolean isJson() {
    return codec.isJson();
  }
}
