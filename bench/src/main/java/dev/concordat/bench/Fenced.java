package dev.concordat.bench;

import dev.concordat.Concordat;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccBranchId;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccFence;
import dev.concordat.tcc.TccHandler;
import dev.concordat.tcc.TccOperation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** The same four commits as {@link Unfenced}, each behind a fence; nothing coordinates them. */
final class Fenced implements Transfers {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final List<WatchedPool> pools;
  private final List<TccFence> fences;

  Fenced(Bank bank, int clients) {
    this.pools = List.of(bank.pool(0, clients), bank.pool(1, clients));
    this.fences = pools.stream().map(Concordat::tccFence).toList();
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
    UUID transaction = timed();
    String from = String.valueOf(Bank.anyAccount());
    String to = String.valueOf(Bank.anyAccount());
    ask(0, transaction, TccOperation.TRY, from, Holding.DEBIT);
    ask(1, transaction, TccOperation.TRY, to, Holding.CREDIT);
    ask(0, transaction, TccOperation.CONFIRM, from, Holding.DEBIT);
    ask(1, transaction, TccOperation.CONFIRM, to, Holding.CREDIT);
  }

  private void ask(
      int which, UUID transaction, TccOperation operation, String account, TccHandler handler) {
    Instant end = Instant.now().plus(LIMIT);
    TccCall call =
        new TccCall(
            new TccBranchId(transaction, which == 0 ? "from" : "to"),
            operation,
            account,
            1,
            end,
            end,
            LIMIT,
            "");
    TccAnswer answer = fences.get(which).answer(call, handler);
    if (!(answer instanceof TccAnswer.Done)) {
      throw new IllegalStateException(answer.toString());
    }
  }

  /** A UUID of version 7 (RFC 9562, 5.7). */
  private static UUID timed() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long time = System.currentTimeMillis() << 16;
    long high = time | 0x7000L | random.nextInt(0x1000);
    return new UUID(high, 0x8000000000000000L | random.nextLong() >>> 2);
  }

  @Override
  public void close() {
    fences.forEach(TccFence::close);
    pools.forEach(WatchedPool::close);
  }
}
