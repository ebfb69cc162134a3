package dev.concordat.messaging;

import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.store.Relays;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The relays of one process, and what people may do with what they could not deliver. */
public final class Messaging {

  private final Engine engine;
  private final List<Relay> relays;
  private final RelayMoments moments;
  private final List<RelayRunner> runners = new ArrayList<>();
  private final Keeper keeper;

  /**
   * Used through the door.
   *
   * @param remembered how long it is remembered what was handled, unless somebody asks for longer
   * @param asks whether this process asks for it; one that handles nothing need not
   */
  @SuppressWarnings("exports")
  public Messaging(
      Engine engine,
      List<Relay> relays,
      List<RelayListener> listeners,
      Duration remembered,
      boolean asks) {
    this.engine = engine;
    this.relays = List.copyOf(relays);
    this.moments = new RelayMoments(listeners);
    this.keeper = new Keeper(engine, remembered, asks);
    Set<String> names = new HashSet<>();
    for (Relay relay : relays) {
      if (!names.add(relay.name())) {
        throw new RefusedException("two relays are named '" + relay.name() + "'");
      }
    }
  }

  /** Enters the relays and begins to work at them. */
  public void start() {
    for (Relay relay : relays) {
      engine.store().relays().enter(relay.name(), relay.lanes());
      for (int i = 0; i < relay.lanes(); i++) {
        runners.add(new RelayRunner(engine, relay, moments));
      }
    }
    runners.forEach(RelayRunner::start);
    keeper.start();
  }

  /** Where messages are published. */
  public Outbox outbox() {
    return new Outbox(engine);
  }

  /** Where messages are handled once. */
  public Inbox inbox() {
    return new Inbox(engine);
  }

  /** Lets the relays of this process look for messages at once, for instance after a commit. */
  public void wake() {
    runners.forEach(RelayRunner::wake);
  }

  /** How far the lanes of all relays of this database are. */
  public List<Relays.Progress> progress() {
    return engine.soon(() -> engine.store().relays().progress());
  }

  /** What a relay could not deliver and what waits for people, oldest first. */
  public List<Relays.DeadLetter> deadLetters(String relay, int most) {
    return engine.soon(() -> engine.store().relays().deadLetters(relay, most));
  }

  /** What a relay holds, since others were taken and it was not, and tries again by itself. */
  public List<Relays.DeadLetter> held(String relay, int most) {
    return engine.soon(() -> engine.store().relays().held(relay, most));
  }

  /**
   * Lets a message that could not be delivered, or is held, be tried again; those behind it follow.
   *
   * @throws RefusedException if there is none at that position
   */
  public void replay(String relay, long position) {
    if (!engine.store().relays().replay(relay, position)) {
      throw none(relay, position);
    }
  }

  /**
   * Gives a message up that could not be delivered, or is held; those behind it go on. One that is
   * being delivered at this moment may still arrive.
   *
   * @throws RefusedException if there is none at that position
   */
  public void discard(String relay, long position) {
    if (!engine.store().relays().discard(relay, position)) {
      throw none(relay, position);
    }
  }

  /**
   * Forgets a relay that is used no more, or under another name, with all that it has parked. Until
   * then all that is published is kept for it. Durable when it returns.
   *
   * @throws RefusedException if there is none of that name, or somebody works at it; nothing was
   *     forgotten
   */
  public void forget(String relay) {
    if (!engine.store().relays().forget(relay)) {
      throw new RefusedException("no relay '" + relay + "' has run on this database and schema");
    }
  }

  private static RefusedException none(String relay, long position) {
    return new RefusedException(
        "relay '"
            + relay
            + "' has no message at "
            + position
            + " that waits for a person or is held");
  }

  /** Ends the relays in order: what is under way is told, and the lanes are given back. */
  public void close() {
    keeper.close();
    runners.forEach(RelayRunner::stop);
    runners.forEach(RelayRunner::close);
  }

  /** Ends as a killed process would. For crash tests. */
  public void kill() {
    keeper.close();
    runners.forEach(RelayRunner::kill);
  }
}
