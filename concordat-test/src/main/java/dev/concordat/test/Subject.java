package dev.concordat.test;

import dev.concordat.engine.Engine;
import dev.concordat.engine.Script;
import dev.concordat.store.Entry;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a crash test is about: one instance of one protocol. */
interface Subject {

  /** Its definition's name. */
  String name();

  /** What can fail: its steps or branches. */
  List<String> steps();

  /**
   * The definitions as one process has them.
   *
   * @param points what goes wrong with calls of user code, or null for nothing
   */
  Registered registered(@Nullable FaultPoints points);

  /** The events of one journal entry. */
  List<?> events(Entry entry);

  /** Whether an instance comes to rest with that event. */
  boolean rests(Object event);

  /** Every way in which the case broke a law: the law's name, a colon, and how. */
  List<String> broken(CaseResult result);

  /** The definitions of one process. */
  interface Registered {

    List<? extends Script<?, ?, ?, ?>> scripts();

    void drivenBy(Engine engine);

    /** Starts the instance; throws as starting does. */
    void start(String id);

    /** Runs the instance in this thread; throws as running does. */
    void run(String id, Duration patience);

    /** What a client does after the start, or null for nothing. */
    @Nullable Runnable afterStart(String id);

    /** Why that instance is where it is, in words. */
    String why(String id);
  }
}
