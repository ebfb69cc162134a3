package dev.concordat.store;

/** All ports of one database, which belong together: a write through one is seen by the others. */
public interface Store extends AutoCloseable {

  /** The append-only record of every instance, and the only way to write one. */
  Journal journal();

  /** The rows by which instances are found and claimed. */
  Instances instances();

  /** The leases of workers. */
  Leases leases();

  /** What people and other instances ask of an instance. */
  Mailbox mailbox();

  /** What is published. */
  Outbox outbox();

  /** Which messages were handled. */
  Inbox inbox();

  /** The order in which what is published became visible. */
  Ticks ticks();

  /** Who relays what, and how far. */
  Relays relays();

  /** What consumers are handling, and what they could not handle yet. */
  Consumers consumers();

  /** What participants have answered. */
  StoredReplies replies();

  /** What services did in flows. */
  Reactions reactions();

  /** What the tracker knows of flows. */
  Flows flows();

  /** What reservations hold. */
  Holds holds();

  /** What wakes other processes on this store. */
  Bell bell();

  /** Transactions in which business writes and journal entries commit together. */
  Transactions transactions();

  /**
   * Gives back what the store keeps for its own use. It still works afterwards, and keeps nothing.
   */
  @Override
  void close();
}
