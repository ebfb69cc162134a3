package dev.concordat.atomic;

import dev.concordat.core.BranchId;
import dev.concordat.core.ConcordatException;
import dev.concordat.engine.platform.Platform;
import dev.concordat.store.Branches;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what nobody works on any more: branches that are prepared for too long, and decisions that
 * not all branches are known to have followed. Any process that has the databases can do it for any
 * other, also several at once: a decision is written once, and telling it twice is harmless. Each
 * database is asked in a thread of its own: one that says nothing delays what needs it, and the
 * rest by a second at most.
 */
final class TwoPhaseRecovery {

  private static final Logger LOG = LoggerFactory.getLogger(TwoPhaseRecovery.class);
  private static final Duration LONGEST = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int FAILURES = 3;
  private static final Duration BETWEEN_CLEANINGS = Duration.ofMinutes(10);

  private final TwoPhaseRunner runner;
  private final SideBySide<Seen> looking;
  private final SideBySide<Boolean> resolving;
  private final SideBySide<Boolean> cleaning;
  private final Map<String, TwoPhaseResolver> resolvers = new HashMap<>();
  private final Set<BranchId> warned = new HashSet<>();
  private volatile Map<TwoPhaseResolver.Key, List<Branches.Prepared>> found = Map.of();
  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private volatile boolean over;
  private boolean troubled;
  private long cleaned;

  TwoPhaseRecovery(TwoPhaseRunner runner) {
    Platform platform = runner.engine().platform();
    Map<String, Site> all = new LinkedHashMap<>();
    runner.sites().forEach(site -> all.put(site.place().mark(), site));
    all.putIfAbsent(runner.home().place().mark(), runner.home());
    this.runner = runner;
    this.looking = new SideBySide<>(platform, "concordat-looks", runner.sites(), this::seen);
    this.resolving =
        new SideBySide<>(platform, "concordat-recovers", runner.deciding(), this::resolve);
    this.cleaning = new SideBySide<>(platform, "concordat-forgets", all.values(), this::clean);
    this.cleaned = platform.nanos();
    for (Site site : runner.deciding()) {
      resolvers.put(site.place().mark(), new TwoPhaseResolver(runner, site));
    }
  }

  void start() {
    runner.engine().platform().start("concordat-in-doubt-" + runner.plan().name(), this::run);
  }

  void stop() {
    over = true;
    resolvers.values().forEach(TwoPhaseResolver::stop);
  }

  private void run() {
    Duration tenth = runner.plan().grace().dividedBy(10);
    Duration pause = tenth.compareTo(LONGEST) > 0 ? LONGEST : tenth;
    try {
      while (!over) {
        look();
        runner.engine().platform().pause(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a database says is prepared in it; or why it cannot be seen now. */
  private record Seen(List<Branches.Prepared> prepared, @Nullable ConcordatException failed) {}

  private void look() throws InterruptedException {
    Map<Site, Seen> seen = looking.ask(PATIENCE);
    say(seen.values());
    found = found(seen);
    // First of all, for it needs nobody to answer.
    warnOfOld(seen.keySet());
    var unused = resolving.ask(PATIENCE);
    cleanSometimes();
  }

  private void cleanSometimes() throws InterruptedException {
    long now = runner.engine().platform().nanos();
    if (now - cleaned > BETWEEN_CLEANINGS.toNanos()) {
      cleaned = now;
      var unused = cleaning.ask(Duration.ZERO);
    }
  }

  private void say(Collection<Seen> seen) {
    Optional<ConcordatException> failed =
        seen.stream().flatMap(one -> Stream.ofNullable(one.failed())).findFirst();
    boolean all = seen.stream().allMatch(one -> one.failed() != null);
    if (failed.isPresent() && all && !troubled && !over) {
      LOG.warn(
          "It cannot be seen now what is in doubt; it stays as it is, and is looked at again: {}",
          failed.get().getMessage());
    }
    troubled = all && (troubled || failed.isPresent());
  }

  private Seen seen(Site site) {
    try {
      runner.countOthers(site);
      return new Seen(site.branches().prepared(), null);
    } catch (ConcordatException e) {
      return new Seen(List.of(), e);
    }
  }

  private static Map<TwoPhaseResolver.Key, List<Branches.Prepared>> found(Map<Site, Seen> seen) {
    Map<TwoPhaseResolver.Key, List<Branches.Prepared>> all = new LinkedHashMap<>();
    seen.forEach((site, one) -> {
      for (Branches.Prepared branch : one.prepared()) {
        if (branch.id().branch().mark().equals(site.place().mark())) {
          all.computeIfAbsent(TwoPhaseResolver.Key.of(branch.id()), unused -> new ArrayList<>())
              .add(branch);
        }
      }
    });
    return all;
  }

  private boolean resolve(Site site) {
    TwoPhaseResolver resolver = resolvers.get(site.place().mark());
    if (resolver != null && !over) {
      resolver.resolve(found);
    }
    return true;
  }

  private void warnOfOld(Set<Site> seen) {
    Set<BranchId> still = new HashSet<>();
    found.values().stream()
        .flatMap(List::stream)
        .filter(one -> one.age().compareTo(runner.plan().bound()) > 0)
        .forEach(one -> {
          still.add(one.id());
          if (warned.add(one.id())) {
            warn(one);
          }
        });
    Set<String> marks = new HashSet<>();
    seen.forEach(site -> marks.add(site.place().mark()));
    warned.removeIf(id -> marks.contains(id.branch().mark()) && !still.contains(id));
  }

  private void warn(Branches.Prepared one) {
    BranchId id = one.id();
    LOG.warn(
        "Branch {} of two-phase commit '{}' is in doubt for {} s and keeps its locks: the database"
            + " that decides it ({}) does not answer, or is not one of ours. Nothing is guessed."
            + " Bring it back, or see `concordat indoubt show {}`.",
        id.branch().name(),
        id.id(),
        one.age().toSeconds(),
        id.decider(),
        id.id());
    runner
        .moments()
        .tell(listener ->
            listener.inDoubt(runner.plan().name(), id.id(), id.branch().name(), one.age()));
  }

  /** If one that decides cannot be asked, nobody knows what its branches are still asked for. */
  private boolean clean(Site site) {
    try {
      Duration open = Duration.ZERO;
      for (Site decider : runner.deciding()) {
        Duration one = decider.deciding().open();
        open = one.compareTo(open) > 0 ? one : open;
      }
      TwoPhase plan = runner.plan();
      boolean some = site.branches().forget(plan.name(), plan.remembered(), open) > 0;
      failures.remove(site.place().mark());
      return some;
    } catch (ConcordatException e) {
      notCleaned(site, e);
      return false;
    }
  }

  /** Once, until it has been cleaned again: now and then a database is away. */
  private void notCleaned(Site site, ConcordatException e) {
    if (failures.merge(site.place().mark(), 1, Integer::sum) == FAILURES) {
      LOG.warn(
          "Concordat's tables in {} could not be cleaned of what is old {} times, and grow: {}."
              + " Nothing else is hindered. Is a database that decides away, or may this user not"
              + " delete there?",
          site.place(),
          FAILURES,
          e.getMessage());
    } else {
      LOG.debug("{} forgets what is old another time", site.place(), e);
    }
  }
}
