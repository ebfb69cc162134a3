package dev.concordat.bench;

import dev.concordat.bench.Clients.Slice;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Measures one side: runs its clients, counts before and after, and checks its laws. */
final class Meter {

  private final Side side;
  private final Counters counters;
  private final AtomicLong numbers;

  Meter(Side side, Counters counters, AtomicLong numbers) {
    this.side = side;
    this.counters = counters;
    this.numbers = numbers;
  }

  /** Runs the clients to no other purpose than that all is warm. */
  void warmUp(int clients, Duration time) throws Exception {
    side.work().before();
    try {
      Slice slice = new Clients(side.work(), numbers).run(clients, time);
      if (slice.error() != null) {
        throw slice.error();
      }
    } finally {
      side.work().after();
    }
  }

  Measurement measure(int clients, Duration time) throws Exception {
    side.work().before();
    try {
      List<Long> amounts = amounts();
      Counters.Count before = counters.read();
      Slice slice = new Clients(side.work(), numbers).run(clients, time);
      Counters.Count after = counters.read();
      Counters.Count net = new Counters.Count(after.commits() - counters.own(), after.flushes());
      return Measurement.of(slice, before, net, wrong(slice, amounts));
    } finally {
      side.work().after();
    }
  }

  private Optional<String> wrong(Slice slice, List<Long> before) throws SQLException {
    if (slice.error() != null) {
      return Optional.of(side.name() + ": a client failed: " + slice.error());
    }
    List<Long> after = amounts();
    for (int i = 0; i < before.size(); i++) {
      Law law = side.laws().get(i);
      long grown = after.get(i) - before.get(i);
      if (grown != law.each() * slice.done()) {
        return Optional.of(
            String.format(
                "%s: after %d units of work, %s grew by %d instead of %d",
                side.name(), slice.done(), law.name(), grown, law.each() * slice.done()));
      }
    }
    return Optional.empty();
  }

  private List<Long> amounts() throws SQLException {
    List<Long> amounts = new ArrayList<>();
    try (Connection connection = side.pool().getConnection()) {
      connection.setAutoCommit(true);
      for (Law law : side.laws()) {
        try (Statement statement = connection.createStatement();
            ResultSet row = statement.executeQuery(law.sql())) {
          row.next();
          amounts.add(row.getLong(1));
        }
      }
    }
    return amounts;
  }
}
