package dev.concordat.store;

import java.sql.Connection;
import java.time.InstantSource;

/**
 * All ports in memory, for tests: the same answers as PostgreSQL gives, without its durability. It
 * passes the same contract tests. Thread-safe; every call is atomic under one lock.
 *
 * <p>It has no SQL. What a local step would write with SQL, a test stages on the connection it is
 * given, and it becomes true together with the journal entry or not at all:
 *
 * {@snippet :
 * connection.unwrap(MemoryStore.Staged.class).onCommit(() -> orders.put(order.id(), order));
 * }
 */
public final class MemoryStore implements Store {

  private final MemoryTables tables;
  private final Journal journal;
  private final Instances instances;
  private final Leases leases;
  private final Mailbox mailbox;
  private final MemoryOutbox outbox;
  private final Inbox inbox;
  private final StoredReplies replies;
  private final Relays relays;
  private final Consumers consumers;
  private final Reactions reactions;
  private final Flows flows;
  private final Holds holds;
  private final Bell bell = new MemoryBell();

  /**
   * An empty store.
   *
   * @param clock what it takes for the database's time
   */
  public MemoryStore(InstantSource clock) {
    this.tables = new MemoryTables(clock);
    MemoryLeases memoryLeases = new MemoryLeases(tables);
    this.leases = memoryLeases;
    this.instances = new MemoryInstances(tables, memoryLeases);
    this.journal = new MemoryJournal(tables);
    this.outbox = new MemoryOutbox(tables);
    this.inbox = new MemoryInbox(tables);
    this.replies = new MemoryReplies(tables);
    this.relays = new MemoryRelays(tables, outbox);
    this.consumers = new MemoryConsumers(tables, inbox);
    this.reactions = new MemoryReactions(tables);
    this.flows = new MemoryFlows(tables);
    this.holds = new MemoryHolds(tables, instances, journal);
    this.mailbox = new MemoryMailbox(tables);
  }

  /** What a transaction in memory stands ready to do. Connections of this store unwrap to it. */
  public interface Staged {

    /**
     * Stages an effect: run once, atomically with the commit and in the order staged, or dropped if
     * the transaction rolls back. The store's lock is held meanwhile, so it should be short.
     *
     * @param effect if it throws, the commit throws {@link RolledBack} and nothing is written to
     *     the store; the effects before it have run
     */
    void onCommit(Runnable effect);
  }

  /** A transaction of the caller's own, as an application would have one on its database. */
  public interface Session extends AutoCloseable {

    /** What {@link Journal#appendWithin} takes and what unwraps to {@link Staged}. */
    Connection connection();

    /** Makes everything true that was staged and appended. */
    void commit();

    /** Rolls back unless committed. */
    @Override
    void close();
  }

  /** Begins a transaction of the caller's own. */
  public Session begin() {
    return new MemoryTransaction(tables);
  }

  @Override
  public Journal journal() {
    return journal;
  }

  @Override
  public Instances instances() {
    return instances;
  }

  @Override
  public Leases leases() {
    return leases;
  }

  @Override
  public Mailbox mailbox() {
    return mailbox;
  }

  @Override
  public Outbox outbox() {
    return outbox;
  }

  @Override
  public StoredReplies replies() {
    return replies;
  }

  @Override
  public Inbox inbox() {
    return inbox;
  }

  @Override
  public Ticks ticks() {
    return outbox;
  }

  @Override
  public Relays relays() {
    return relays;
  }

  @Override
  public Consumers consumers() {
    return consumers;
  }

  @Override
  public Reactions reactions() {
    return reactions;
  }

  @Override
  public Flows flows() {
    return flows;
  }

  @Override
  public Holds holds() {
    return holds;
  }

  @Override
  public Bell bell() {
    return bell;
  }

  @Override
  public Transactions transactions() {
    return new MemoryTransactions(tables);
  }

  @Override
  public void close() {
    // Nothing is kept beside the tables.
  }
}
