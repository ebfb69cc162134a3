package dev.concordat.nats;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.Sink.Receipts;
import io.nats.client.JetStreamApiException;
import java.util.concurrent.CompletionException;

/** What a failure of NATS means for a message. */
record Answer(boolean isFinal, String reason) {

  private static final int MESSAGE_TOO_LARGE = 10054;
  private static final int NOT_THE_STREAM = 10060;

  static Answer rejected(String reason) {
    return new Answer(true, reason);
  }

  static Answer unavailable(String reason) {
    return new Answer(false, reason);
  }

  static Answer tooLarge(long size, long most) {
    return rejected(
        "too large: "
            + size
            + " bytes with its headers, and NATS takes "
            + most
            + ": raise max_payload, or publish a reference");
  }

  static Answer to(Throwable failure) {
    Throwable cause = cause(failure);
    return cause instanceof JetStreamApiException e && e.getApiErrorCode() == MESSAGE_TOO_LARGE
        ? rejected("too large for its stream: raise max_msg_size, or publish a reference")
        : unavailable(said(cause));
  }

  /**
   * Whether the stream is to be looked for again. Refused by another stream than the expected one,
   * or taken by nobody, which the client says in words only.
   */
  static boolean mayHaveNoStream(Throwable failure) {
    Throwable cause = cause(failure);
    return cause instanceof JetStreamApiException e
        ? e.getApiErrorCode() == NOT_THE_STREAM
        : String.valueOf(cause.getMessage()).contains("503");
  }

  /** The client wraps what it was told, and more than once. */
  private static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause.getClass() == RuntimeException.class)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  static String said(Throwable e) {
    return e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
  }

  void tell(StoredMessage message, Receipts receipts) {
    if (isFinal) {
      receipts.rejected(message, reason);
    } else {
      receipts.unavailable(message, reason);
    }
  }
}
