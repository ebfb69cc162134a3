package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.atomic.TwoPhase;
import dev.concordat.atomic.TwoPhaseCommit;
import dev.concordat.core.Outcome;
import java.time.Duration;
import java.util.List;

/** Concordat's two-phase commit, as it comes. */
final class LastAgent implements Transfers {

  private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

  private final Bank bank;
  private final WatchedPool first;
  private final WatchedPool second;
  private final Concordat concordat;
  private final TwoPhaseCommit transfer;

  LastAgent(Bank bank, int clients) {
    this.bank = bank;
    this.first = bank.pool(0, clients);
    this.second = bank.pool(1, clients);
    this.concordat = Concordat.on(first).pollingOnly().start();
    this.transfer =
        concordat.twoPhaseCommit(
            TwoPhase.named("transfer").database("first", first).database("second", second));
  }

  @Override
  public String name() {
    return "concordat";
  }

  @Override
  public List<WatchedPool> pools() {
    return List.of(first, second);
  }

  @Override
  public void once(long no) {
    Outcome<Integer> outcome =
        transfer.execute(
            "transfer-" + no,
            tx -> {
              tx.on("first").update(Bank.DEBIT, Bank.anyAccount());
              return tx.on("second").update(Bank.CREDIT, Bank.anyAccount());
            });
    if (!(outcome instanceof Outcome.Done)) {
      throw new IllegalStateException(outcome.toString());
    }
  }

  /** Branches follow the decision; what is counted is what has been carried out. */
  @Override
  public void after() {
    long end = System.nanoTime() + PATIENCE;
    try {
      while (bank.number(0, OPEN) + bank.number(1, OPEN) > 0) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("branches stay prepared");
        }
      }
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final String OPEN =
      "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()";

  @Override
  public void close() {
    concordat.close();
    first.close();
    second.close();
  }
}
