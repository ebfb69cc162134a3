package dev.concordat.examples;

/** The tables of transfers: accounts, and a line for each transfer that changed one. */
final class TransferTables {

  private static final String ACCOUNT =
      """
      CREATE TABLE IF NOT EXISTS account (
        id      text   PRIMARY KEY,
        opening bigint NOT NULL,
        balance bigint NOT NULL
      );
      INSERT INTO account
      SELECT 'account-' || n, 100000000, 100000000 FROM generate_series(0, 99) AS n
      ON CONFLICT DO NOTHING;
      INSERT INTO account VALUES ('empty', 0, 0) ON CONFLICT DO NOTHING;
      """;

  private static final String ACCOUNT_IN_MARIADB =
      """
      CREATE TABLE IF NOT EXISTS account (
        id      varchar(40) PRIMARY KEY,
        opening bigint      NOT NULL,
        balance bigint      NOT NULL
      ) ENGINE=InnoDB;
      INSERT IGNORE INTO account
      WITH RECURSIVE numbers AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 99)
      SELECT concat('account-', n), 100000000, 100000000 FROM numbers;
      """;

  private TransferTables() {}

  static String accounts(String lines) {
    return ACCOUNT + lines(lines);
  }

  static String accountsInMariaDb(String lines) {
    return ACCOUNT_IN_MARIADB
        + """
        CREATE TABLE IF NOT EXISTS %s (
          transfer varchar(64)  PRIMARY KEY,
          account  varchar(40)  NOT NULL REFERENCES account (id),
          amount   bigint       NOT NULL,
          at       timestamp(6) NOT NULL DEFAULT current_timestamp(6)
        ) ENGINE=InnoDB;
        """
            .formatted(lines);
  }

  static String audit(String lines) {
    return "CREATE TABLE IF NOT EXISTS account (id text PRIMARY KEY);"
        + " INSERT INTO account VALUES ('transfers') ON CONFLICT DO NOTHING;"
        + lines(lines);
  }

  /** Only a branch's vote finds out that nobody has the account: the constraint is deferred. */
  private static String lines(String table) {
    return """
    CREATE TABLE IF NOT EXISTS %s (
      transfer text        PRIMARY KEY,
      account  text        NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
      amount   bigint      NOT NULL,
      at       timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    """
        .formatted(table);
  }
}
