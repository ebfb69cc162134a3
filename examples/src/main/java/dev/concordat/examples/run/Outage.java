package dev.concordat.examples.run;

import dev.concordat.examples.broker.Broker;
import dev.concordat.examples.broker.BrokerKind;
import java.time.Duration;

/** The time in which the broker is down, in the middle of the runs, if it is to be. */
final class Outage {

  private enum Phase {
    AHEAD,
    DOWN,
    OVER
  }

  /**
   * A quorum queue of RabbitMQ 3.10 that was declared in the last seconds before may confirm
   * nothing more.
   */
  private static final Duration SETTLED = Duration.ofSeconds(15);

  private final Broker broker;
  private final long createdAt;
  private final Options options;
  private final Watcher watcher;
  private Phase phase;
  private long downSince;

  Outage(Broker broker, long createdAt, Options options, Watcher watcher) {
    this.broker = broker;
    this.createdAt = createdAt;
    this.options = options;
    this.watcher = watcher;
    this.phase = options.messages().stopBroker().isPresent() ? Phase.AHEAD : Phase.OVER;
  }

  Duration length() {
    return options.messages().stopBroker().orElse(Duration.ZERO);
  }

  boolean happened() {
    return options.messages().stopBroker().isPresent() && phase != Phase.AHEAD;
  }

  /** Does what is due now that so many have ended. Returns whether it is over. */
  boolean look(long ended) {
    if (phase == Phase.AHEAD && ended >= options.runs() / 2 && isSettled()) {
      broker.kill();
      downSince = System.nanoTime();
      phase = Phase.DOWN;
      watcher.brokerDown(broker.kind().title(), length());
    } else if (phase == Phase.DOWN && System.nanoTime() - downSince >= length().toNanos()) {
      end();
    }
    return phase == Phase.OVER;
  }

  private boolean isSettled() {
    return broker.kind() != BrokerKind.RABBITMQ
        || System.nanoTime() - createdAt > SETTLED.toNanos();
  }

  /** Starts the broker again, whatever the time. */
  void end() {
    if (phase == Phase.DOWN) {
      broker.restart();
      phase = Phase.OVER;
      watcher.brokerUp(broker.kind().title());
    }
  }
}
