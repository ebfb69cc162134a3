package dev.concordat.tcc;

import dev.concordat.core.RetryPolicy;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a transaction: all that {@link TccMachine} needs to know of it, and nothing that
 * runs.
 *
 * @param name the definition's name
 * @param version the definition's version
 * @param branches in order
 * @param inOrder whether one branch is told after the other, or all at the same time
 * @param deadline how long after its start every branch must be tried
 * @param hold how long after its start what is tried must be held
 * @param tryRetry when to try again
 * @param confirmRetry when to confirm or cancel again
 */
record TccPlan(
    String name,
    int version,
    List<Branch> branches,
    boolean inOrder,
    Duration deadline,
    Duration hold,
    RetryPolicy tryRetry,
    RetryPolicy confirmRetry) {

  TccPlan {
    branches = List.copyOf(branches);
  }

  /**
   * The shape of a branch.
   *
   * @param local whether it is in Concordat's own database, and commits with the journal
   */
  record Branch(String name, boolean local) {}

  /** The branch of that name, or null. */
  @Nullable Branch find(String branch) {
    return branches.stream().filter(b -> b.name().equals(branch)).findFirst().orElse(null);
  }

  /** The names of the branches in the order in which they are asked, if one after the other. */
  List<String> order(TccOperation operation) {
    List<String> names = branches.stream().map(Branch::name).toList();
    return operation == TccOperation.CANCEL ? names.reversed() : names;
  }

  boolean isLocal(String branch) {
    Branch found = find(branch);
    return found != null && found.local();
  }

  String label() {
    return name + "@" + version;
  }
}
