package dev.concordat.examples.run;

import dev.concordat.saga.Story;
import java.util.List;

/** Somebody who wants to see what happens while a scenario runs. */
public interface Watcher {

  /** Nobody. */
  Watcher NOBODY = new Watcher() {};

  /** Services are being started, by these names. */
  default void starting(List<String> services) {}

  /** That many of so many instances have ended. */
  default void progress(int ended, int runs) {}

  /** A worker was killed. */
  default void killed(Killing killing) {}

  /** Instances wait for a person, who now mends the service and says retry. */
  default void mending(int instances) {}

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
