package dev.concordat.examples;

import java.util.List;

/** What must hold where accounts and holds are, see {@link dev.concordat.examples.hold.Holds}. */
final class HoldLaws {

  private HoldLaws() {}

  /** What holds there at every committed instant; each is one question, so one snapshot. */
  static List<Law> always(String database) {
    return List.of(
        Law.none(
            "in " + database + ", available = balance \u2212 what is held",
            database,
            """
            SELECT account.id, 'has', balance, 'available', available, 'held',
                   coalesce(sum(hold.amount), 0)
            FROM account LEFT JOIN hold ON hold.account = account.id AND hold.status = 'HELD'
            GROUP BY account.id HAVING available <> balance - coalesce(sum(hold.amount), 0)
            """),
        Law.none(
            "in " + database + ", balance = opening balance \u2212 what was confirmed",
            database,
            """
            SELECT account.id, 'had', opening, 'has', balance, 'confirmed',
                   coalesce(sum(hold.amount), 0)
            FROM account LEFT JOIN hold ON hold.account = account.id AND hold.status = 'CONFIRMED'
            GROUP BY account.id HAVING balance <> opening - coalesce(sum(hold.amount), 0)
            """));
  }

  /** Nothing is held once everything has ended. */
  static Law nothingHeld(String database) {
    return Law.none(
        "in " + database + ", nothing is held any more",
        database,
        "SELECT id, amount FROM hold WHERE status = 'HELD'");
  }
}
