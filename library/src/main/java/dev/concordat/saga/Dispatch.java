package dev.concordat.saga;

import dev.concordat.core.RefusedException;
import org.jspecify.annotations.Nullable;

/** How commands leave this process: where replies are to go, and who is told. Set by the door. */
final class Dispatch {

  private @Nullable String replyTo;
  private Runnable published = () -> {};

  void replyTo(String topic) {
    replyTo = topic;
  }

  void published(Runnable hook) {
    published = hook;
  }

  /** The topic of replies. */
  String replyTo() {
    String topic = replyTo;
    if (topic == null) {
      throw new RefusedException(
          "a saga sends commands, and nobody said where their replies go; say so with"
              + " .repliesTo(topic) where this Concordat is built");
    }
    return topic;
  }

  /** A command has been committed. */
  void committed() {
    published.run();
  }
}
