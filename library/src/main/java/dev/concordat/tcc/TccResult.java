package dev.concordat.tcc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a transaction stands or ended.
 *
 * @param id the instance's id
 * @param transaction what its participants know it by
 * @param status where it stands
 * @param needsAttention whether a person must look; {@code reason} says at what
 * @param state what it is about
 * @param reason why it is cancelled, or what a person must look at
 * @param branches in order
 * @param <S> the state's type
 */
public record TccResult<S>(
    String id,
    UUID transaction,
    TccStatus status,
    boolean needsAttention,
    S state,
    Optional<String> reason,
    List<Branch> branches) {

  /** Copies the branches. */
  public TccResult {
    branches = List.copyOf(branches);
  }

  /** Where a branch stands. */
  public enum Standing {
    /** Nothing was asked of it. */
    NOT_TRIED,
    /** It is asked to try. */
    TRYING,
    /** It holds what it needs. */
    TRIED,
    /** It refused its try. */
    REFUSED,
    /** It is told what was decided. */
    TELLING,
    /** A person must look at it. */
    NEEDS_ATTENTION,
    /** It is confirmed. */
    CONFIRMED,
    /** It is cancelled. */
    CANCELLED,
    /** A person has settled it by hand. */
    SETTLED
  }

  /**
   * A branch.
   *
   * @param tried what its try gave, as JSON
   * @param ended what confirm or cancel gave, as JSON
   */
  public record Branch(
      String name, Standing standing, Optional<String> tried, Optional<String> ended) {}

  /** Whether every branch is confirmed, or settled by hand. */
  public boolean isConfirmed() {
    return status == TccStatus.CONFIRMED;
  }

  /** Whether nothing is held any more, or a person has seen to it. */
  public boolean isCancelled() {
    return status == TccStatus.CANCELLED;
  }

  /**
   * The branch of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Branch branch(String name) {
    return branches.stream()
        .filter(branch -> branch.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no branch '" + name + "' in " + id));
  }

  static <S> TccResult<S> of(String id, TccState now, S state, TccTexts texts) {
    List<Branch> branches = new ArrayList<>();
    now.branches()
        .forEach((name, branch) ->
            branches.add(
                new Branch(
                    name,
                    standing(branch.phase()),
                    Optional.ofNullable(branch.tried()).map(texts::open),
                    Optional.ofNullable(branch.ended()).map(texts::open))));
    String reason = now.needsAttention() ? now.trouble() : cancelled(now);
    return new TccResult<>(
        id,
        now.transaction(),
        TccStatus.of(now),
        now.needsAttention(),
        state,
        Optional.ofNullable(reason),
        branches);
  }

  private static @Nullable String cancelled(TccState now) {
    TccEvent.Decided decided = now.decided();
    return decided != null && decided.decision() == TccOperation.CANCEL
        ? TccTelling.why(decided)
        : null;
  }

  static Standing standing(TccBranchState.Phase phase) {
    return switch (phase) {
      case FRESH, UNTRIED -> Standing.NOT_TRIED;
      case TRYING, TRY_WAITING -> Standing.TRYING;
      case TRIED -> Standing.TRIED;
      case REFUSED -> Standing.REFUSED;
      case UNTOLD, TELLING, TELL_WAITING -> Standing.TELLING;
      case PARKED -> Standing.NEEDS_ATTENTION;
      case CONFIRMED -> Standing.CONFIRMED;
      case CANCELLED -> Standing.CANCELLED;
      case SETTLED -> Standing.SETTLED;
    };
  }
}
