package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints the SQL of Concordat's tables. */
@Command(
    name = "schema",
    description = "Print the SQL that makes Concordat's tables, for those who migrate themselves.",
    footer = {"", "Example:", "  concordat schema --schema sagas | psql shop"})
final class SchemaCommand implements Callable<Integer> {

  @Mixin private final Screen screen = new Screen();

  @Option(
      names = "--schema",
      paramLabel = "NAME",
      description = "The schema the tables go into; concordat unless said.")
  private String schema = ConcordatBuilder.DEFAULT_SCHEMA;

  @Override
  public Integer call() {
    String sql = Concordat.schemaScript(schema);
    if (screen.isJson()) {
      screen.data(Documents.empty().put("schema", schema).put("sql", sql));
    } else {
      screen.data(sql);
    }
    return Exit.DONE;
  }
}
