package dev.concordat.core;

/**
 * Turns a saga's state into text and back. The default writes JSON; replace it to encrypt, compress
 * or use another format. Must be deterministic enough that {@code decode(encode(x))} equals {@code
 * x}, and thread-safe.
 */
public interface StateCodec {

  /**
   * Encodes a state.
   *
   * @param state never null
   * @return the text that goes into the journal; JSON if {@link #isJson()}
   */
  String encode(Object state);

  /**
   * Decodes what {@link #encode} wrote, perhaps an older version of this program.
   *
   * @param text never null
   * @param type the class wanted
   * @throws RuntimeException if the text does not fit the type; the instance then waits in
   *     NEEDS_ATTENTION and its journal is left as it is
   */
  <T> T decode(String text, Class<T> type);

  /**
   * A text that is the same for equal states, by which one input is told from another when an
   * instance is started twice. Override it where {@link #encode} writes something different each
   * time, as encryption does.
   */
  default String fingerprint(Object state) {
    return encode(state);
  }

  /** Whether {@link #encode} writes valid JSON, which is then embedded in the journal as it is. */
  default boolean isJson() {
    return false;
  }
}
