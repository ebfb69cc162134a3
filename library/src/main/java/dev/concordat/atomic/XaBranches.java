package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.Branches;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The branches in an XA resource (X/Open CAE Specification C193, 1991). It keeps no decisions: its
 * branches name the PostgreSQL that does.
 */
public final class XaBranches implements Branches {

  private static final Logger LOG = LoggerFactory.getLogger(XaBranches.class);

  /** XA says nothing of limits; MariaDB's default is 151 connections. */
  private static final int CAPACITY = 100;

  private final Platform platform;
  private final XaConnections connections;
  private final XaTables tables;
  private final Map<BranchId, XaLink> parked = new ConcurrentHashMap<>();
  private final Map<BranchId, Long> seen = new ConcurrentHashMap<>();

  private XaBranches(Platform platform, XaConnections connections, XaTables tables) {
    this.platform = platform;
    this.connections = connections;
    this.tables = tables;
  }

  /**
   * The branches in that resource, in which two small tables are made if they are missing.
   *
   * @param migrates whether to make the tables
   * @throws dev.concordat.core.RefusedException if it cannot take part, saying why
   */
  @SuppressWarnings("exports")
  public static XaBranches open(
      String name, XADataSource source, Platform platform, boolean migrates) {
    XaConnections connections = new XaConnections(name, source);
    XaLink link = connections.take();
    try {
      Xa.requireSound(name, link.sql().getMetaData());
      String fresh = platform.uuid().toString().substring(0, 8);
      XaTables tables = XaTables.in(name, link, migrates, fresh);
      connections.giveBack(link, false);
      return new XaBranches(platform, connections, tables);
    } catch (SQLException e) {
      connections.drop(link);
      throw connections.notNow(e);
    } catch (RuntimeException e) {
      connections.drop(link);
      throw e;
    }
  }

  XaConnections connections() {
    return connections;
  }

  XaTables tables() {
    return tables;
  }

  @Override
  public String mark() {
    return tables.mark();
  }

  @Override
  public Open begin(BranchId id, Limits limits, String tag) {
    XaName name = new XaName(id);
    return new XaBranch(this, connections.begun(name, limits), name);
  }

  /** Keeps the connection of a prepared branch until that is told the decision. */
  void park(BranchId id, XaLink link) {
    parked.put(id, link);
  }

  @Nullable XaLink unpark(BranchId id) {
    return parked.remove(id);
  }

  @Override
  public Teller teller() {
    return new XaTeller(this);
  }

  /** Ours among those that wait there; a server may list those of all its databases. */
  Set<BranchId> listed(XaLink link) throws XAException {
    Set<BranchId> ours = new LinkedHashSet<>();
    Xid[] all = link.xa().recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
    for (Xid xid : all == null ? new Xid[0] : all) {
      XaName.read(xid).filter(id -> id.branch().mark().equals(mark())).ifPresent(ours::add);
    }
    return ours;
  }

  /** XA does not say since when they wait, so they count as old as they were first seen here. */
  @Override
  public List<Prepared> prepared() {
    Set<BranchId> known = Set.copyOf(parked.keySet());
    Set<BranchId> listed = new LinkedHashSet<>();
    Instant today =
        used(link -> {
          listed.addAll(listed(link));
          return tables.now(link.sql()).toInstant();
        });
    known.stream().filter(id -> !listed.contains(id)).forEach(this::release);
    seen.keySet().retainAll(listed);
    long now = platform.nanos();
    List<Prepared> all = new ArrayList<>();
    for (BranchId id : listed) {
      Duration age = Duration.ofNanos(now - seen.computeIfAbsent(id, unused -> now));
      all.add(new Prepared(id, today.minus(age), age));
    }
    all.sort(Comparator.comparing(Prepared::since));
    return all;
  }

  /** Somebody else has ended it. */
  private void release(BranchId id) {
    XaLink link = unpark(id);
    if (link != null) {
      link.close();
    }
  }

  private interface Use<T> {
    T with(XaLink link) throws XAException, SQLException;
  }

  private <T> T used(Use<T> use) {
    XaLink link = connections.take();
    try {
      T result = use.with(link);
      connections.giveBack(link, true);
      return result;
    } catch (XAException | SQLException e) {
      connections.drop(link);
      throw connections.notNow(e);
    } catch (RuntimeException e) {
      connections.drop(link);
      throw e;
    }
  }

  /** XA does not say who waits for whom: the limit for locks ends it. */
  @Override
  public List<Waiting> waiting() {
    return List.of();
  }

  @Override
  public void breakOff(Waiting waiting) {
    // It is of another database: none is of this one.
  }

  @Override
  public void acknowledged(BranchId id) {
    var unused =
        used(link -> {
          try {
            link.xa().forget(new XaName(id));
          } catch (XAException e) {
            LOG.debug("branch {} was forgotten before, or is later", id, e);
          }
          return true;
        });
  }

  @Override
  public int forget(String name, Duration age, Duration open) {
    return used(link -> tables.forget(link.sql(), Branches.kept(age, open)));
  }

  @Override
  public boolean hasCommitted(BranchId id) {
    return used(link -> tables.isNoted(link.sql(), id));
  }

  @Override
  public int capacity() {
    return CAPACITY;
  }

  @Override
  public void close() {
    connections.close();
    parked.keySet().forEach(this::release);
  }
}
