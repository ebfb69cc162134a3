package dev.concordat.store;

import java.sql.Connection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Letters in memory. */
final class MemoryMailbox implements Mailbox {

  private final MemoryTables tables;

  MemoryMailbox(MemoryTables tables) {
    this.tables = tables;
  }

  @Override
  public Optional<Posted> post(String id, String kind, String body) {
    return tables.locked(() ->
        Optional.ofNullable(tables.byId(id))
            .map(row -> new Posted(row.born.no(), row.post(kind, body, tables.now()))));
  }

  @Override
  public OptionalLong postWithin(Connection connection, String id, String kind, String body) {
    MemoryTransaction transaction = MemoryTransaction.of(connection, tables);
    return tables.locked(() -> {
      MemoryRow row = tables.byId(id);
      if (row == null) {
        return OptionalLong.empty();
      }
      transaction.onCommit(() -> row.post(kind, body, tables.now()));
      return OptionalLong.of(row.born.no());
    });
  }

  @Override
  public List<Letter> waiting(long worker, int limit) {
    return tables.locked(() ->
        tables.rows.values().stream()
            .filter(row -> row.isOwnedBy(worker))
            .flatMap(row -> turns(row.waiting()))
            .sorted(Comparator.comparingInt(Turn::turn))
            .limit(limit)
            .map(Turn::letter)
            .toList());
  }

  private record Turn(int turn, Letter letter) {}

  private static Stream<Turn> turns(List<Letter> letters) {
    return IntStream.range(0, letters.size()).mapToObj(i -> new Turn(i, letters.get(i)));
  }

  @Override
  public List<Letter> waitingFor(long no) {
    return tables.locked(() -> {
      MemoryRow row = tables.rows.get(no);
      return row == null ? List.of() : row.waiting();
    });
  }

  @Override
  public Optional<Write.Answer> answer(long no, int letter) {
    return tables.locked(() -> {
      MemoryRow row = tables.rows.get(no);
      return row == null || letter < 1 || letter > row.letters.size()
          ? Optional.empty()
          : Optional.ofNullable(row.letters.get(letter - 1).answer);
    });
  }
}
