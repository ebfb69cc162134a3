package dev.concordat.messaging;

import dev.concordat.core.StoredMessage;
import dev.concordat.messaging.RelayStimulus.Answer;
import dev.concordat.messaging.RelayStimulus.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Collects what sinks say, from any thread, for the relay's own. */
final class Answers implements Sink.Receipts {

  /** Says only that there may be work. */
  private static final Answer NUDGE = new Answer(-1, Outcome.DELIVERED, "");

  private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();

  @Override
  public void delivered(StoredMessage message) {
    answers.add(new Answer(message.position(), Outcome.DELIVERED, ""));
  }

  @Override
  public void rejected(StoredMessage message, String reason) {
    answers.add(new Answer(message.position(), Outcome.REJECTED, reason));
  }

  @Override
  public void unavailable(StoredMessage message, String reason) {
    answers.add(new Answer(message.position(), Outcome.UNAVAILABLE, reason));
  }

  void nudge() {
    answers.add(NUDGE);
  }

  /** All that was said, waiting up to that long for the first word. */
  List<Answer> take(long nanos) throws InterruptedException {
    List<Answer> all = new ArrayList<>();
    Answer first = nanos <= 0 ? answers.poll() : answers.poll(nanos, TimeUnit.NANOSECONDS);
    if (first != null) {
      all.add(first);
      answers.drainTo(all);
    }
    return all;
  }
}
