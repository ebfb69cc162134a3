package dev.concordat.test;

import dev.concordat.saga.Around;
import dev.concordat.saga.SagaEvent;
import org.jspecify.annotations.Nullable;

/** Something that was seen to happen in a case, in the order in which it did. */
sealed interface Happening {

  /** Which worker's life it happened in, from 1. */
  int life();

  /** User code was called. {@code late}: by a worker that had been frozen meanwhile. */
  record Called(int life, Around.Site site, boolean late) implements Happening {
    @Override
    public String toString() {
      return name(site) + " begins" + (site.call() == null ? "" : " key=" + site.call().key());
    }
  }

  /** User code came to its end, and its effect is there. */
  record TookEffect(int life, Around.Site site, boolean late) implements Happening {
    @Override
    public String toString() {
      return name(site) + " took effect";
    }
  }

  /** An event became durable. */
  record Durable(int life, String id, SagaEvent event) implements Happening {
    @Override
    public String toString() {
      return "journal of " + id + ": " + event;
    }
  }

  /** A fault was injected, or the harness itself did something. */
  record Noted(int life, String text) implements Happening {
    @Override
    public String toString() {
      return text;
    }
  }

  /** A thread of the engine died of an error. */
  record ThreadDied(int life, String thread, Throwable error) implements Happening {
    @Override
    public String toString() {
      StackTraceElement[] at = error.getStackTrace();
      return thread + " died of " + error + (at.length == 0 ? "" : " at " + at[0]);
    }
  }

  private static String name(Around.Site site) {
    return site.of().id() + " " + site.kind() + " '" + site.step() + "' attempt " + site.attempt();
  }

  /** The saga's event, if one became durable. */
  default @Nullable SagaEvent event() {
    return this instanceof Durable durable ? durable.event() : null;
  }
}
