package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.RefusedException;
import dev.concordat.store.Branches;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;
import javax.sql.XADataSource;

/**
 * What is said of a two-phase commit before it is used: its databases, and how long anything in it
 * may take. Immutable.
 */
public final class TwoPhase {

  private final String name;
  private final Map<String, DataSource> databases;
  private final Map<String, XADataSource> resources;
  private final Branches.Limits limits;
  private final Duration grace;
  private final Duration patience;
  private final Duration remembered;
  private final Duration bound;
  private final boolean applied;

  private TwoPhase(
      String name,
      Map<String, DataSource> databases,
      Map<String, XADataSource> resources,
      Branches.Limits limits,
      Duration grace,
      Duration patience,
      Duration remembered,
      Duration bound,
      boolean applied) {
    this.name = name;
    this.databases = databases;
    this.resources = resources;
    this.limits = limits;
    this.grace = grace;
    this.patience = patience;
    this.remembered = remembered;
    this.bound = bound;
    this.applied = applied;
  }

  /**
   * A two-phase commit of that name, which its instances are listed under.
   *
   * @throws RefusedException if it is not 1 to 24 lower-case letters, digits, _ and -
   */
  public static TwoPhase named(String name) {
    return new TwoPhase(
        BranchId.requireName(name),
        Map.of(),
        Map.of(),
        Branches.Limits.DEFAULT,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        Duration.ofDays(14),
        Duration.ofMinutes(1),
        false);
  }

  /**
   * A PostgreSQL that takes part. Concordat's tables are made in it, in a schema of their own. The
   * first database that is written to keeps the decision.
   *
   * @param database 1 to 24 lower-case letters, digits, _ and -
   * @param source a pool of at least four connections; one is kept to ask for decisions, one to
   *     tell branches of them, and up to three more are taken for that when there is much to tell
   */
  public TwoPhase database(String database, DataSource source) {
    Map<String, DataSource> more = new LinkedHashMap<>(databases);
    requireNew(database);
    more.put(database, source);
    more.forEach((other, itsSource) -> requireOther(database, source, other, itsSource));
    return with(more, resources, limits, grace, patience, remembered, bound, applied);
  }

  /**
   * A resource with an XA driver that takes part: two small tables are made in it, and its branches
   * are named by ids of at most 64 bytes. It cannot decide: where one takes part, the first
   * database of this two-phase commit does, written to or not, or Concordat's own if there is none.
   *
   * @param resource 1 to 24 lower-case letters, digits, _ and -
   * @param source of new connections, no pool; up to a hundred are taken, and some kept. Not
   *     PostgreSQL's, which is not to be believed; docs/xa.md says which drivers are
   */
  public TwoPhase xa(String resource, XADataSource source) {
    requireNew(resource);
    Xa.requireSound(resource, source);
    Map<String, XADataSource> more = new LinkedHashMap<>(resources);
    more.put(resource, source);
    return with(databases, more, limits, grace, patience, remembered, bound, applied);
  }

  private void requireNew(String database) {
    BranchId.requireName(database);
    if (databases.containsKey(database) || resources.containsKey(database)) {
      throw new RefusedException("two databases of '" + name + "' are named '" + database + "'");
    }
  }

  private static void requireOther(
      String database, DataSource source, String other, DataSource itsSource) {
    if (!other.equals(database) && itsSource.equals(source)) {
      throw new RefusedException(
          "'"
              + other
              + "' and '"
              + database
              + "' are the same database: two branches there would not see each other's writes and"
              + " could wait for each other for ever. Enlist it once, and use one branch for both");
    }
  }

  /** How long a branch may wait: 5 s for a lock, 30 s in a statement and 30 s between two. */
  public TwoPhase limits(Branches.Limits newLimits) {
    return with(databases, resources, newLimits, grace, patience, remembered, bound, applied);
  }

  /**
   * How long a branch may be prepared, or a decision not be followed, before somebody looks after
   * it; ten seconds unless said. A transaction that takes longer than that to prepare is aborted.
   */
  public TwoPhase grace(Duration newGrace) {
    return with(
        databases,
        resources,
        limits,
        positive("grace", newGrace),
        patience,
        remembered,
        bound,
        applied);
  }

  /** How long a caller waits for a decision whose answer was lost; ten seconds unless said. */
  public TwoPhase patience(Duration newPatience) {
    return with(databases, resources, limits, grace, newPatience, remembered, bound, applied);
  }

  /**
   * How long decisions are remembered, to be asked for by id; fourteen days unless said, and an
   * hour at least.
   */
  public TwoPhase remember(Duration time) {
    return with(databases, resources, limits, grace, patience, longEnough(time), bound, applied);
  }

  /** How long a branch may be in doubt before that is said aloud; one minute unless said. */
  public TwoPhase warnAfter(Duration newBound) {
    return with(
        databases,
        resources,
        limits,
        grace,
        patience,
        remembered,
        positive("warnAfter", newBound),
        applied);
  }

  /**
   * Lets callers wait until every branch has committed, so that they read their own writes
   * everywhere; for as long as the patience, for a database may be away. Unless said they wait for
   * the decision only: the branches follow within moments.
   */
  public TwoPhase awaitApplied() {
    return with(databases, resources, limits, grace, patience, remembered, bound, true);
  }

  private static Duration positive(String what, Duration time) {
    if (time.toMillis() < 1) {
      throw new RefusedException(
          "a two-phase commit's " + what + " is at least a millisecond, and this is " + time);
    }
    return time;
  }

  /** An attempt that slept must find that it was given up, whenever it wakes. */
  private static Duration longEnough(Duration time) {
    if (time.compareTo(Duration.ofHours(1)) < 0) {
      throw new RefusedException(
          "decisions are remembered for an hour at least, and this is "
              + time
              + ": who asks later would be told that a transaction never committed");
    }
    return time;
  }

  private TwoPhase with(
      Map<String, DataSource> newDatabases,
      Map<String, XADataSource> newResources,
      Branches.Limits newLimits,
      Duration newGrace,
      Duration newPatience,
      Duration newRemembered,
      Duration newBound,
      boolean newApplied) {
    return new TwoPhase(
        name,
        newDatabases,
        newResources,
        newLimits,
        newGrace,
        newPatience,
        newRemembered,
        newBound,
        newApplied);
  }

  /** What it is called. */
  public String name() {
    return name;
  }

  /** Its databases, in the order they were said. */
  public Map<String, DataSource> databases() {
    return java.util.Collections.unmodifiableMap(databases);
  }

  /** Its XA resources, in the order they were said. */
  public Map<String, XADataSource> resources() {
    return java.util.Collections.unmodifiableMap(resources);
  }

  Branches.Limits limits() {
    return limits;
  }

  Duration grace() {
    return grace;
  }

  Duration patience() {
    return patience;
  }

  Duration remembered() {
    return remembered;
  }

  Duration bound() {
    return bound;
  }

  boolean applied() {
    return applied;
  }
}
