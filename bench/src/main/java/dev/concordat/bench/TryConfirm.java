package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccResult;
import java.time.Duration;
import java.util.List;

/** Concordat's try, confirm and cancel over two participants with fences, as it comes. */
final class TryConfirm implements Transfers {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** From which account to which. */
  record Move(int from, int to) {}

  private final List<WatchedPool> pools;
  private final List<TccFence> fences;
  private final Tcc<Move> transfer;
  private final Concordat concordat;

  TryConfirm(Bank bank, int clients) {
    this.pools = List.of(bank.pool(0, clients), bank.pool(1, clients));
    this.fences = pools.stream().map(Concordat::tccFence).toList();
    this.transfer =
        Tcc.named("transfer", Move.class)
            .branch("from", call -> fences.get(0).answer(call, Holding.DEBIT), Move::from)
            .branch("to", call -> fences.get(1).answer(call, Holding.CREDIT), Move::to)
            .build();
    this.concordat = Concordat.on(pools.get(0)).pollingOnly().tcc(transfer).start();
  }

  @Override
  public String name() {
    return "concordat";
  }

  @Override
  public List<WatchedPool> pools() {
    return pools;
  }

  @Override
  public void once(long no) {
    Move move = new Move(Bank.anyAccount(), Bank.anyAccount());
    TccResult<Move> result = concordat.run(transfer, "transfer-" + no, move, PATIENCE);
    if (!result.isConfirmed()) {
      throw new IllegalStateException(result.toString());
    }
  }

  @Override
  public void close() {
    concordat.close();
    fences.forEach(TccFence::close);
    pools.forEach(WatchedPool::close);
  }
}
