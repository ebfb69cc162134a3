package dev.concordat.messaging;

/** Names of headers, as CloudEvents 1.0 has them in binary mode, without a broker's prefix. */
public final class Headers {

  /** The media type of the payload. */
  public static final String CONTENT_TYPE = "content-type";

  /** What the message is about; CloudEvents {@code subject}. */
  public static final String SUBJECT = "subject";

  /** The W3C trace context. */
  public static final String TRACEPARENT = "traceparent";

  private Headers() {}
}
