package dev.concordat.atomic;

import dev.concordat.core.ConcordatException;
import dev.concordat.core.Outcome;
import dev.concordat.store.Decisions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is answered of an attempt that did nothing. Another of the same id, whose answer the caller
 * never learned, may have committed, or be under way and commit yet: so that is looked for before
 * it is said that nothing happened.
 */
final class TwoPhaseRefusals {

  private enum Others {
    NONE,
    OPEN,
    COMMITTED
  }

  private final TwoPhaseRunner runner;
  private final TwoPhaseReceipts receipts;

  TwoPhaseRefusals(TwoPhaseRunner runner, TwoPhaseReceipts receipts) {
    this.runner = runner;
    this.receipts = receipts;
  }

  /**
   * The answer.
   *
   * @param number the attempt's, or empty if none was begun
   * @param value what the work returned, or null if it did not get so far
   * @param elsewhere whether the reason is that another attempt has committed, or may commit yet
   */
  <T> Outcome<T> answer(
      String id, String number, String reason, @Nullable T value, boolean elsewhere) {
    try {
      // First who is under way: one that ends meanwhile is found by its decision.
      Others others = others(id, number);
      Optional<Decisions.Decision> before = runner.committed(id);
      if (before.isPresent()) {
        return before(before.get(), reason, value);
      }
      return switch (others) {
        case COMMITTED -> new Outcome.Unknown<>(lost(id, reason));
        case OPEN -> new Outcome.Unknown<>(open(id, reason));
        case NONE ->
            elsewhere ? new Outcome.Unknown<>(open(id, reason)) : new Outcome.Refused<>(reason);
      };
    } catch (ConcordatException e) {
      return new Outcome.Unknown<>(
          "nothing was done this time ("
              + reason
              + "), and it cannot be asked now whether another attempt of '"
              + id
              + "' has committed: "
              + e.getMessage());
    }
  }

  /** In another database than those that are asked for decisions one may have committed, too. */
  private Others others(String id, String number) {
    if (runner.isOpen(id, number)) {
      return Others.OPEN;
    }
    Map<String, Site> all = new LinkedHashMap<>();
    runner.sites().forEach(site -> all.put(site.place().mark(), site));
    runner.deciding().forEach(site -> all.putIfAbsent(site.place().mark(), site));
    Others seen = Others.NONE;
    for (Site site : all.values()) {
      // What was aborted here and is not rolled back yet commits no more.
      if (site.branches().attempts(id).stream()
          .anyMatch(one -> !one.equals(number) && !runner.isAborted(one))) {
        return Others.OPEN;
      }
      if (site.decides() && site.deciding().isTaken(id)) {
        seen = Others.COMMITTED;
      }
    }
    return seen;
  }

  private <T> Outcome<T> before(Decisions.Decision decision, String reason, @Nullable T value) {
    return value != null || !receipts.isOurs(decision)
        ? receipts.done(decision, value)
        : new Outcome.Unknown<>(
            "an earlier attempt of '"
                + decision.id()
                + "' has committed, and doing its work again failed, without effect ("
                + reason
                + "): ask for its outcome by its id");
  }

  private static String open(String id, String reason) {
    return "nothing was done this time ("
        + reason
        + "), and another attempt of '"
        + id
        + "' has not ended yet, or had not: it may commit. Execute it again with the same id, in a"
        + " moment: it is done once";
  }

  private static String lost(String id, String reason) {
    return "nothing was done this time ("
        + reason
        + "): an attempt of '"
        + id
        + "' has committed, and is not done again. Its decision, with its receipt, is in none of"
        + " these databases: it was made in another one, or so long ago that it is forgotten. Do"
        + " not do this work under another id, which would do it twice; `concordat indoubt show "
        + id
        + "` tells more where all databases are given";
  }
}
