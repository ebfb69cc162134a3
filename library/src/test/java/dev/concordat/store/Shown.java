package dev.concordat.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a store answers, with times in whole hours from now, so that two stores can be compared. */
final class Shown {

  private Shown() {}

  /** By number, as nothing is said about the order of claims. */
  static List<String> rows(StoreWorld world, List<InstanceRow> rows) {
    Instant now = world.store().leases().now();
    return rows.stream()
        .sorted(Comparator.comparing(InstanceRow::no))
        .map(row -> row(now, row))
        .toList();
  }

  private static String row(Instant now, InstanceRow row) {
    return String.join(
        " ",
        "#" + row.no(),
        row.id(),
        row.uid().toString(),
        row.definition() + "@" + row.version(),
        row.status() + (row.paused() ? " paused" : ""),
        "token " + row.token(),
        row.owner().isPresent() ? "of " + row.owner().getAsLong() : "free",
        "due " + row.due().map(at -> hours(now, at)).orElse("never"),
        row.inputHash(),
        row.attributes().toString(),
        row.parent().toString(),
        "mail " + row.mail(),
        "created " + hours(now, row.createdAt()),
        "updated " + hours(now, row.updatedAt()));
  }

  private static String hours(Instant now, Instant at) {
    return Math.round(Duration.between(now, at).toSeconds() / 3600.0) + " h";
  }

  static List<String> letters(StoreWorld world, List<Mailbox.Letter> letters) {
    Instant now = world.store().leases().now();
    return letters.stream()
        .map(l ->
            l.no() + "/" + l.letter() + " " + l.kind() + " " + l.body() + " " + hours(now, l.at()))
        .toList();
  }

  /** Everything there is. */
  static List<String> all(StoreWorld world) {
    Store store = world.store();
    Instant now = store.leases().now();
    List<InstanceRow> rows = store.instances().search(Query.newest(Query.MAX_LIMIT));
    List<String> all = new ArrayList<>(rows(world, rows));
    for (InstanceRow row : rows) {
      store.journal().read(row.no()).stream()
          .map(e -> e.position() + " " + e.token() + " " + e.events() + " " + hours(now, e.at()))
          .forEach(all::add);
      all.addAll(letters(world, store.mailbox().waitingFor(row.no())));
      for (int letter = 1; letter <= row.mail(); letter++) {
        all.add("answer " + store.mailbox().answer(row.no(), letter));
      }
    }
    store.leases().workers().stream()
        .map(w -> "worker " + w.no() + " " + w.alive() + " " + w.definitions())
        .forEach(all::add);
    all.add(store.instances().unfinished().toString());
    all.add(world.effects().toString());
    return all;
  }
}
