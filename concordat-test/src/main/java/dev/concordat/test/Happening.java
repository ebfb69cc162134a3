package dev.concordat.test;

/** Something that was seen to happen in a case, in the order in which it did. */
sealed interface Happening {

  /** Which worker's life it happened in, from 1. */
  int life();

  /** User code was called. {@code late}: by a worker that had been frozen meanwhile. */
  record Called(int life, CallSite site, boolean late) implements Happening {
    @Override
    public String toString() {
      return site + " begins" + (site.isInside() ? "" : " key=" + site.key());
    }
  }

  /** User code came to its end, and its effect is there. */
  record TookEffect(int life, CallSite site, boolean late) implements Happening {
    @Override
    public String toString() {
      return site + " took effect";
    }
  }

  /** An event became durable. */
  record Durable(int life, String id, Object event) implements Happening {
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
}
