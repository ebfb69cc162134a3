package dev.concordat.examples.run;

import dev.concordat.saga.Story;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Somebody who wants to see what happens while a scenario runs. */
public interface Watcher {

  /** Nobody. */
  Watcher NOBODY = new Watcher() {};

  /** Services are being started, by these names. */
  default void starting(List<String> services) {}

  /** Services are being started, by these names, that talk over that broker. */
  default void starting(List<String> services, String broker) {}

  /** That many of so many instances have ended. */
  default void progress(int ended, int runs) {}

  /** A worker was killed. */
  default void killed(Killing killing) {}

  /** A service was killed that talks over a broker. */
  default void lost(Loss loss) {}

  /** The broker was killed, and will be started again after that time. */
  default void brokerDown(String broker, Duration time) {}

  /** The broker runs again. */
  default void brokerUp(String broker) {}

  /** Something happened that people want to know of, told as a sentence. */
  default void news(String sentence) {}

  /** The network is cut, when an instance was at that phase. */
  default void cut(String instance, String phase) {}

  /** The cut healed; until then that instance stood so in each service. */
  default void healed(String instance, Map<String, String> states) {}

  /** Instances wait for a person, who now mends the service and says retry. */
  default void mending(int instances) {}

  /**
   * The death of a service that talks over a broker.
   *
   * @param pid its process
   * @param instance the instance that stood at the moment asked for, or an empty text
   * @param missing what the tracker named as missing meanwhile; empty if there is none
   * @param successor the process that goes on
   */
  record Loss(
      String service,
      long pid,
      String instance,
      String moment,
      List<String> missing,
      long successor) {

    /** Copies the list. */
    public Loss {
      missing = List.copyOf(missing);
    }
  }

  /**
   * A worker's death.
   *
   * @param pid its process
   * @param instance the instance that stood at the moment asked for
   * @param moment the moment
   * @param story that instance as the journal told it at the worker's death
   * @param successor the process of the worker that goes on
   */
  record Killing(long pid, String instance, String moment, Story story, long successor) {}
}
