package dev.concordat;

import dev.concordat.atomic.InDoubt;
import dev.concordat.atomic.Site;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.atomic.TwoPhaseListener;
import dev.concordat.atomic.XaBranches;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.engine.Engine;
import dev.concordat.engine.platform.Platform;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.postgres.PostgresBranches;
import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import javax.sql.XADataSource;

/** Opens two-phase commits, and ends them with their Concordat. */
final class AtomicCommits {

  private static final String OWN = "concordat";

  private final Engine engine;
  private final DataSource own;
  private final String schema;
  private final boolean migrates;
  private final StateCodec codec;
  private final BranchWrapper wrapping;
  private final List<TwoPhaseCommit> opened = new CopyOnWriteArrayList<>();

  AtomicCommits(
      Engine engine,
      DataSource own,
      String schema,
      boolean migrates,
      StateCodec codec,
      BranchWrapper wrapping) {
    this.engine = engine;
    this.own = own;
    this.schema = schema;
    this.migrates = migrates;
    this.codec = codec;
    this.wrapping = wrapping;
  }

  TwoPhaseCommit open(TwoPhase plan, List<TwoPhaseListener> listeners) {
    if (plan.databases().isEmpty() && plan.resources().isEmpty()) {
      throw new RefusedException("two-phase commit '" + plan.name() + "' has no database");
    }
    List<Site> sites = new ArrayList<>();
    Site home = null;
    try {
      plan.databases().forEach((name, source) -> sites.add(site(name, source)));
      plan.resources()
          .forEach((name, source) -> {
            Branches branches = XaBranches.open(name, source, engine.platform(), migrates);
            sites.add(site(name, wrapping.around(branches)));
          });
      requireDifferent(sites);
      // An XA resource keeps no decisions, but those of the first PostgreSQL are as good as ours.
      home = plan.databases().isEmpty() ? site(OWN, own) : sites.getFirst();
      TwoPhaseCommit commit = new TwoPhaseCommit(engine, plan, sites, home, codec, listeners);
      opened.add(commit);
      return commit;
    } catch (RuntimeException e) {
      if (home != null) {
        home.branches().close();
      }
      sites.forEach(site -> site.branches().close());
      throw e;
    }
  }

  static InDoubt inDoubt(
      Map<String, DataSource> databases, Map<String, XADataSource> resources, String schema) {
    List<Site> sites = new ArrayList<>();
    databases.forEach((name, source) -> {
      PostgresBranches branches = new PostgresBranches(source, schema);
      branches.check();
      branches.readMark();
      sites.add(new Site(new Place(name, branches.mark()), branches, branches));
    });
    Platform platform = new SystemPlatform();
    resources.forEach(
        (name, source) -> sites.add(site(name, XaBranches.open(name, source, platform, false))));
    requireOne(sites);
    return new InDoubt(sites);
  }

  private Site site(String name, DataSource source) {
    PostgresBranches branches = new PostgresBranches(source, schema);
    if (migrates) {
      branches.migrate();
    } else {
      branches.check();
    }
    branches.takeConnection();
    AtomicDatabase wrapped = wrapping.around(branches);
    return new Site(new Place(name, branches.mark()), wrapped, wrapped);
  }

  private static Site site(String name, Branches branches) {
    return new Site(new Place(name, branches.mark()), branches, null);
  }

  /** A copy that was restored beside its original says the same of itself, and decides nothing. */
  private static void requireOne(List<Site> sites) {
    Map<String, String> names = new LinkedHashMap<>();
    for (Site site : sites) {
      String other = names.putIfAbsent(site.place().mark(), site.place().name());
      if (other != null) {
        sites.forEach(opened -> opened.branches().close());
        throw new RefusedException(
            "'"
                + other
                + "' and '"
                + site.place().name()
                + "' are the same database, or one is a copy of the other, whose decisions may be"
                + " out of date; nothing was done. Give only the one that is in use");
      }
    }
  }

  /** Two pools can lead to the same database. */
  private static void requireDifferent(List<Site> sites) {
    Map<String, String> names = new LinkedHashMap<>();
    for (Site site : sites) {
      String other = names.putIfAbsent(site.place().mark(), site.place().name());
      if (other != null) {
        throw new RefusedException(
            "'"
                + other
                + "' and '"
                + site.place().name()
                + "' are the same database: two branches there would not see each other's writes"
                + " and could wait for each other. Enlist it once, and use one branch for both");
      }
    }
  }

  void close() {
    opened.forEach(TwoPhaseCommit::close);
  }
}
