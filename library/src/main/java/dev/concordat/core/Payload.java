package dev.concordat.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An encoded state or signal, as the codec wrote it. Two payloads are equal if their texts are. */
public final class Payload {

  private final String text;
  private final boolean json;
  // What it decodes to, once somebody decoded it.
  private volatile @Nullable Object value;

  /**
   * A payload.
   *
   * @param text what the codec wrote
   * @param json whether that is JSON, which the journal embeds as it is
   */
  public Payload(String text, boolean json) {
    this.text = Objects.requireNonNull(text, "text");
    this.json = json;
  }

  /**
   * A payload whose value is at hand.
   *
   * @param value what the text decodes to; nobody may ever change it
   */
  public Payload(String text, boolean json, Object value) {
    this(text, json);
    this.value = value;
  }

  /** What the codec wrote. */
  public String text() {
    return text;
  }

  /** Whether the text is JSON. */
  public boolean json() {
    return json;
  }

  /** What the text decodes to, or null if that is not at hand. */
  public @Nullable Object value() {
    return value;
  }

  /** Keeps what the text decodes to, which nobody may ever change. */
  public void value(Object decoded) {
    value = decoded;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Payload that && json == that.json && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
