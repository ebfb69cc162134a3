package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.atomic.InDoubt;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;
import javax.sql.XADataSource;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which databases of two-phase commits a command looks at. */
final class DatabasesOptions {

  @Mixin private final DatabaseOptions own = new DatabaseOptions();

  @Option(
      names = "--database",
      paramLabel = "NAME=URL",
      description = {
        "A database that takes part, as accounts=jdbc:postgresql://host/name?user=…; may be given",
        "several times. Without it, the one of --jdbc-url or CONCORDAT_JDBC_URL."
      })
  private final Map<String, String> databases = new LinkedHashMap<>();

  @Option(
      names = "--xa",
      paramLabel = "NAME=URL",
      description = {
        "A MariaDB that takes part by XA, as ledger=jdbc:mariadb://host/name?user=…; may be given",
        "several times. The database that decides is a PostgreSQL: name it as well."
      })
  private final Map<String, String> resources = new LinkedHashMap<>();

  /** To be closed. */
  InDoubt open(Map<String, String> environment) {
    databases.keySet().forEach(name -> requireName("--database", name));
    resources.keySet().forEach(name -> requireName("--xa", name));
    Map<String, DataSource> sources = new LinkedHashMap<>();
    if (databases.isEmpty()) {
      sources.put("database", own.reachable(environment));
    }
    databases.forEach((name, url) -> sources.put(name, own.at(url).reachable(environment)));
    Map<String, XADataSource> xa = new LinkedHashMap<>();
    resources.forEach((name, url) -> xa.put(name, MariaDb.reachable(name, url)));
    return Concordat.inDoubt(sources, xa, own.schema());
  }

  static void requireName(String option, String name) {
    if (name.contains(":")) {
      throw new Problem(
          Exit.USAGE,
          "Give " + option + " as NAME=URL: what stands before the = is your own short name.",
          null);
    }
  }
}
