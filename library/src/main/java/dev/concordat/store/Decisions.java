package dev.concordat.store;

import dev.concordat.core.BranchId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of two-phase commits that one database keeps. A decision is written once: commit
 * and abort race for the same row, and whoever is second learns what the first wrote.
 */
public interface Decisions {

  /**
   * A decision.
   *
   * @param id of the transaction
   * @param name of the two-phase commit it was made by
   * @param attempt the one that committed, or null if all so far were aborted
   * @param branches the other places that wrote in it, and are to commit after it
   * @param receipt what its user gave to be remembered, or null
   * @param at when it was made, by the database's clock; or when it was noted that all branches
   *     followed, if that was more than a minute later
   */
  record Decision(
      String id,
      String name,
      @Nullable String attempt,
      List<BranchId.Place> branches,
      @Nullable String receipt,
      Instant at) {

    /** Copies the branches. */
    public Decision {
      branches = List.copyOf(branches);
    }

    /** Whether it is to commit that attempt. */
    public boolean commits(String which) {
      return which.equals(attempt);
    }

    /** Whether it is to commit some attempt. */
    public boolean isCommit() {
      return attempt != null;
    }
  }

  /** A branch in the database that also keeps the decision. */
  interface Deciding extends Branches.Open {

    /**
     * Commits this branch and the decision to commit all of them, in one write.
     *
     * @param name of the two-phase commit
     * @param deciding names the attempt
     * @param branches the places whose branches are prepared
     * @param receipt to be remembered, or null
     * @param remembered for how long at least no other attempt of that id may commit here
     */
    Decided decide(
        String name,
        BranchId deciding,
        List<BranchId.Place> branches,
        @Nullable String receipt,
        Duration remembered);
  }

  /** What came of asking to commit. */
  sealed interface Decided {

    /** It is decided and durable: all commit. */
    record Committed() implements Decided {}

    /**
     * It is certain that this attempt does not commit.
     *
     * @param reason for people
     * @param elsewhere whether another attempt of its id has committed, or may commit yet
     */
    record Refused(String reason, boolean elsewhere) implements Decided {

      /** It does not commit, for a reason of its own. */
      public Refused(String reason) {
        this(reason, false);
      }
    }

    /** It is certain that this attempt does not commit, because another of the same id did. */
    record Before(Decision decision) implements Decided {}

    /** The answer was lost. */
    record Unknown(String detail) implements Decided {}
  }

  /**
   * Begins a branch that can decide.
   *
   * @throws dev.concordat.core.NotNowException if there is no connection
   */
  Deciding beginDeciding(Branches.Limits limits, String tag);

  /**
   * Makes sure that the attempt is decided, by aborting it unless it has committed.
   *
   * <p><b>Durable when it returns.</b> Safe to repeat.
   *
   * @return the decision on the transaction; it {@linkplain Decision#commits commits} the attempt,
   *     or that attempt never will
   * @throws dev.concordat.core.NotNowException if a commit of it is under way, or the database does
   *     not answer
   */
  Decision fence(String name, BranchId attempt);

  /** The decision on a transaction, as committed now. */
  Optional<Decision> find(String id);

  /** Whether a branch of an attempt of that transaction has committed here, whoever decided it. */
  boolean isTaken(String id);

  /**
   * Decisions to commit of which nobody has noted yet that all branches followed, oldest first.
   *
   * @param name of the two-phase commit that made them, or null for all
   * @param age made longer ago than that
   * @param after made after that one, in the order they are given; or null for the oldest
   */
  List<Decision> unsettled(
      @Nullable String name, Duration age, @Nullable Decision after, int limit);

  /**
   * Notes that all branches followed. Only work to be saved depends on it, and from when on it is
   * remembered.
   */
  void settle(Collection<String> ids);

  /**
   * How long ago, by this database's clock, the oldest decision of whatever name was made of which
   * nobody has noted yet that all branches followed. Zero if there is none.
   */
  Duration open();

  /**
   * A branch that did not do what was decided.
   *
   * @param id of the transaction
   * @param branch the database
   * @param kind what it did, for people
   * @param at when that was found out
   * @param acknowledged who took note and what they said, or null
   */
  record Heuristic(
      String id, String branch, String kind, Instant at, @Nullable String acknowledged) {}

  /** Records a heuristic, durably; once for each transaction and branch. */
  void record(String id, String branch, String kind);

  /** The recorded heuristics, oldest first. */
  List<Heuristic> heuristics();

  /**
   * Notes that somebody took note of a heuristic; false if there is none such.
   *
   * @param branch the database, also by its name alone
   */
  boolean acknowledge(String id, String branch, String text);
}
