package dev.concordat.postgres;

import dev.concordat.store.Bell;
import dev.concordat.store.Consumers;
import dev.concordat.store.Flows;
import dev.concordat.store.Holds;
import dev.concordat.store.Inbox;
import dev.concordat.store.Instances;
import dev.concordat.store.Journal;
import dev.concordat.store.Leases;
import dev.concordat.store.Mailbox;
import dev.concordat.store.Outbox;
import dev.concordat.store.Reactions;
import dev.concordat.store.Relays;
import dev.concordat.store.Store;
import dev.concordat.store.StoredReplies;
import dev.concordat.store.Ticks;
import dev.concordat.store.Transactions;
import javax.sql.DataSource;

/** The store on PostgreSQL. */
public final class PostgresStore implements Store {

  private final Database database;
  private final KeptConnection kept;
  private final Journal journal;
  private final Instances instances;
  private final Leases leases;
  private final Mailbox mailbox;
  private final Outbox outbox;
  private final Inbox inbox;
  private final StoredReplies replies;
  private final Ticks ticks;
  private final Relays relays;
  private final Consumers consumers;
  private final Reactions reactions;
  private final Flows flows;
  private final Holds holds;
  private final Bell bell;
  private final Transactions transactions;

  /**
   * A store in that schema, which must be up to date; see {@link #migrate} and {@link #check}.
   *
   * @throws dev.concordat.core.RefusedException if the schema's name is not one
   */
  public PostgresStore(DataSource source, String schema) {
    this.database = new Database(source, schema);
    this.kept = new KeptConnection(database);
    this.journal = new PgJournal(database, kept);
    this.instances = new PgInstances(database, kept);
    this.leases = new PgLeases(kept);
    this.mailbox = new PgMailbox(database);
    this.outbox = new PgOutbox(database);
    this.inbox = new PgInbox(database);
    this.replies = new PgReplies(database);
    this.ticks = new PgTicks(database);
    this.relays = new PgRelays(database);
    this.consumers = new PgConsumers(database);
    this.reactions = new PgReactions(database);
    this.flows = new PgFlows(database);
    this.holds = new PgHolds(database);
    this.bell = new PgBell(database, schema);
    this.transactions = new PgTransactions(database, kept);
  }

  /** Brings the schema up to date, or refuses a database that will not do. */
  public void migrate() {
    new Schema(database).migrate();
  }

  /** Refuses a database that will not do, or whose schema is not up to date. Changes nothing. */
  public void check() {
    new Schema(database).check();
  }

  /**
   * The SQL that {@link #migrate} would run on an empty database, for teams who run it themselves.
   */
  public static String script(String schema) {
    return Schema.script(schema);
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
    return ticks;
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
    return transactions;
  }

  /**
   * Takes the connection that the journal keeps; otherwise its first use does.
   *
   * @param listens whether another will be kept to listen on
   * @throws dev.concordat.core.RefusedException if the pool has none left for the work itself
   */
  public void takeConnection(boolean listens) {
    kept.take(listens ? 2 : 1);
  }

  @Override
  public void close() {
    kept.close();
  }
}
