package dev.concordat.tcc;

import dev.concordat.core.StateCodec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What participants are told and what they answer: JSON, which the journal keeps to the byte, since
 * they tell one request from another by it. Where states are not JSON, encrypted perhaps, these are
 * sealed with the same codec.
 */
final class TccTexts {

  private final StateCodec codec;
  private final StateCodec json;
  private final int maxLength;

  TccTexts(StateCodec codec, StateCodec json, int maxLength) {
    this.codec = codec;
    this.json = codec.isJson() ? codec : json;
    this.maxLength = maxLength;
  }

  /**
   * What the journal keeps of what a participant is told.
   *
   * @throws IllegalStateException if it is too long
   */
  String body(Object body) {
    String text = json.encode(body);
    if (text.length() > maxLength) {
      throw new IllegalStateException(
          "what it is told has "
              + text.length()
              + " characters encoded, and the limit is "
              + maxLength
              + "; tell it a reference instead, or raise maxStateLength");
    }
    return seal(text);
  }

  /**
   * What the journal keeps of what a participant answered, or null if that is JSON's null.
   *
   * @throws IllegalStateException if it is too long, or no JSON
   */
  @Nullable String result(String result) {
    if (result.length() > maxLength) {
      throw new IllegalStateException(
          "its result has " + result.length() + " characters, and the limit is " + maxLength);
    }
    try {
      return JsonMapper.shared().readTree(result).isNull() ? null : seal(result);
    } catch (RuntimeException e) {
      throw new IllegalStateException("its result is no JSON: " + e.getMessage(), e);
    }
  }

  private String seal(String text) {
    return codec.isJson() ? text : codec.encode(text);
  }

  /** The JSON. */
  String open(String kept) {
    return codec.isJson() ? kept : codec.decode(kept, String.class);
  }
}
