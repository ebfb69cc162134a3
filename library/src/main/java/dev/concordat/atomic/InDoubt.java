package dev.concordat.atomic;

import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.core.RefusedException;
import dev.concordat.store.Branches;
import dev.concordat.store.Decisions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a person sees and does about branches that wait for their decision. Needs no process that
 * runs two-phase commits, only their databases.
 */
public final class InDoubt implements AutoCloseable {

  private final List<Site> sites;

  /** Used through the door. */
  @SuppressWarnings("exports")
  public InDoubt(List<Site> sites) {
    this.sites = List.copyOf(sites);
  }

  /**
   * A branch that waits for its decision.
   *
   * @param branch which, since when, and how old by its database's clock
   * @param decider the database that decides it, or empty if it is not one of those looked at
   * @param decision what is decided there, if anything is
   */
  public record Waiting(
      Branches.Prepared branch, Optional<String> decider, Optional<Decisions.Decision> decision) {

    /** What will become of it, in words. */
    public String next() {
      if (decider.isEmpty()) {
        return "the database that decides it ("
            + branch.id().decider()
            + ") is not one of those given; give that one too";
      }
      return decision
          .filter(made -> made.commits(branch.id().attempt()))
          .map(made -> "decided: it commits as soon as somebody tells it")
          .orElse("not decided: it is aborted, unless its coordinator still commits it");
    }
  }

  /** What waits in all databases, longest first. */
  public List<Waiting> list() {
    List<Waiting> all = new ArrayList<>();
    for (Site site : sites) {
      for (Branches.Prepared one : site.branches().prepared()) {
        if (one.id().branch().mark().equals(site.place().mark())) {
          Optional<Site> decider = decider(one.id());
          all.add(
              new Waiting(
                  one,
                  decider.map(found -> found.place().name()),
                  decider.flatMap(found -> found.deciding().find(one.id().id()))));
        }
      }
    }
    all.sort((one, other) -> other.branch().age().compareTo(one.branch().age()));
    return all;
  }

  /**
   * The two-phase commits that have not ended, as far as these databases tell: those with a branch
   * that is prepared, and those decided of which it is not noted that all branches followed.
   *
   * @param most how many of the latter to read in each database
   * @return newest first
   */
  public List<AtomicStory> stories(int most) {
    return new InDoubtStories(sites, list(), most).all();
  }

  private Optional<Site> decider(BranchId id) {
    return sites.stream()
        .filter(site -> site.decides() && site.place().mark().equals(id.decider()))
        .findFirst();
  }

  /** The decisions on a transaction, in all databases. */
  public List<Decisions.Decision> decisions(String id) {
    return sites.stream()
        .filter(Site::decides)
        .flatMap(site -> site.deciding().find(id).stream())
        .toList();
  }

  /** The heuristics recorded in all databases, oldest first. */
  public List<Decisions.Heuristic> heuristics() {
    return sites.stream()
        .filter(Site::decides)
        .flatMap(site -> site.deciding().heuristics().stream())
        .toList();
  }

  /**
   * Ends all branches of a transaction that wait, as is decided. One that is not decided is aborted
   * for good: its coordinator can no longer commit it.
   *
   * @return for each branch what became of it
   * @throws RefusedException if none waits, or the decider of one is not at hand
   */
  public List<String> resolve(String id) {
    List<Waiting> waiting = waiting(id);
    for (Waiting one : waiting) {
      if (one.decider().isEmpty()) {
        throw new RefusedException(one.next() + ". Nothing was done, for it would be guessing");
      }
    }
    List<String> done = new ArrayList<>();
    for (Waiting one : waiting) {
      BranchId branch = one.branch().id();
      Decisions.Decision decision =
          decider(branch).orElseThrow().deciding().fence("by hand", branch);
      boolean commits = decision.commits(branch.attempt());
      done.add(branch.branch().name() + ": " + told(branch, commits));
    }
    return done;
  }

  private List<Waiting> waiting(String id) {
    List<Waiting> waiting =
        list().stream().filter(one -> one.branch().id().id().equals(id)).toList();
    if (waiting.isEmpty()) {
      throw new RefusedException("no branch of '" + id + "' waits in these databases");
    }
    return waiting;
  }

  private String told(BranchId branch, boolean commits) {
    Site site =
        sites.stream()
            .filter(one -> one.place().mark().equals(branch.branch().mark()))
            .findFirst()
            .orElseThrow();
    try (Branches.Teller teller = site.branches().teller()) {
      BranchEnding ending = commits ? teller.commit(branch) : teller.rollBack(branch);
      return switch (ending) {
        case DONE, ALREADY -> commits ? "committed" : "rolled back";
        case HEURISTIC -> "was to " + (commits ? "commit" : "abort") + " and did not";
        case AGAIN -> "did not answer; it waits on";
      };
    }
  }

  /**
   * Ends the waiting branches of a transaction whose decider is lost for ever, without knowing what
   * was decided: a heuristic, which is recorded before each branch is ended.
   *
   * @param who who decides that, and why
   * @return for each branch what became of it
   * @throws RefusedException if none waits, or the decider of one is at hand and can be asked
   */
  public List<String> force(String id, boolean commits, String who) {
    List<Waiting> waiting = waiting(id);
    for (Waiting one : waiting) {
      if (one.decider().isPresent()) {
        throw new RefusedException(
            "the database that decides '"
                + id
                + "' ("
                + one.decider().get()
                + ") can be asked, so nothing needs to be guessed and nothing was done; resolve it"
                + " without a decision of your own");
      }
    }
    List<String> done = new ArrayList<>();
    for (Waiting one : waiting) {
      BranchId branch = one.branch().id();
      String kind = (commits ? "committed" : "rolled back") + " by hand, undecided: " + who;
      keeper(branch).deciding().record(id, branch.branch().toString(), kind);
      done.add(branch.branch().name() + ": " + told(branch, commits));
    }
    return done;
  }

  /** Where a heuristic is recorded: beside the branch, or where anything can be. */
  private Site keeper(BranchId branch) {
    return sites.stream()
        .filter(Site::decides)
        .min(Comparator.comparing(site -> !site.place().mark().equals(branch.branch().mark())))
        .orElseThrow(() ->
            new RefusedException(
                "an XA resource keeps no record of what is done by hand, so nothing was done; give"
                    + " a PostgreSQL with Concordat's tables too"));
  }

  /**
   * Notes that somebody took note of a heuristic and mended what it left.
   *
   * @param branch as {@link #heuristics} names it
   * @param who who, and what they did
   * @throws RefusedException if there is none such
   */
  public void acknowledge(String id, String branch, String who) {
    boolean found =
        sites.stream()
            .filter(Site::decides)
            .map(site -> site.deciding().acknowledge(id, branch, who))
            .reduce(false, Boolean::logicalOr);
    if (!found) {
      throw new RefusedException("no heuristic of '" + id + "' in " + branch + " is recorded");
    }
  }

  @Override
  public void close() {
    sites.forEach(site -> site.branches().close());
  }
}
