package dev.concordat.examples.threephase;

import java.util.List;
import java.util.Map;

/** Money from an account of one service to one of another, with a fee in the books of a third. */
public final class Transfers {

  /** The services; the first is on the coordinator's side of a cut. */
  public static final List<String> SERVICES = List.of("debit", "credit", "ledger");

  /** What each account of the first has at the beginning. */
  public static final long OPENING = 100_000_000;

  static final long AMOUNT = 100_00;
  static final long FEE = 1_00;

  private static final int ACCOUNTS = 100;

  private Transfers() {}

  /** The SQL that makes and fills a service's tables. */
  public static String tables(String service) {
    return """
    CREATE TABLE account (
      id      text   PRIMARY KEY,
      balance bigint NOT NULL,
      held    bigint NOT NULL DEFAULT 0
    );
    CREATE TABLE movement (
      gid     text   PRIMARY KEY,
      account text   NOT NULL,
      amount  bigint NOT NULL
    );
    INSERT INTO account SELECT 'account-' || n, %d FROM generate_series(0, %d) AS n;
    """
        .formatted(service.equals("debit") ? OPENING : 0, ACCOUNTS - 1);
  }

  /** What a transfer of no money asks of each service. */
  static Map<String, String> nothing() {
    return Map.of("debit", "account-0 0", "credit", "account-0 0", "ledger", "account-0 0");
  }

  /** What a transfer asks of each service. One that is unlucky asks for more than there is. */
  static Map<String, String> work(long number, boolean unlucky) {
    String account = "account-" + number % ACCOUNTS;
    long amount = unlucky ? 2 * OPENING : AMOUNT;
    return Map.of(
        "debit", account + " " + -amount,
        "credit", account + " " + (amount - FEE),
        "ledger", "account-0 " + FEE);
  }
}
