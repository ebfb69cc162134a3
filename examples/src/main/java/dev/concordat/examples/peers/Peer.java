package dev.concordat.examples.peers;

import java.util.List;
import java.util.Map;

/** A service that talks by messages, and runs in a process of its own. */
public interface Peer {

  /** Its name, and that of its database. */
  String name();

  /** The SQL that makes and fills its own tables. */
  String tables();

  /** The topics it hears, by what it hears them with; see {@link Line#source}. */
  Map<String, List<String>> ears();

  /** Starts it. */
  Running start(Line line);

  /** A peer at work. */
  interface Running extends AutoCloseable {

    /**
     * Begins an instance, unless it was begun before.
     *
     * @param number of the instance, from 1
     * @param unlucky whether it is one that the business refuses
     */
    default void begin(String id, long number, boolean unlucky) {
      throw new UnsupportedOperationException("this service begins nothing");
    }

    @Override
    void close();
  }
}
