package dev.concordat.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** What the figures were measured on, in words. */
final class Host {

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  private Host() {}

  static String describe(DataSource postgres, Path dataFolder) throws SQLException, IOException {
    int cores = Runtime.getRuntime().availableProcessors();
    String model = model().map(name -> " × " + name).orElse(" cores");
    return String.join(
        ", ",
        cores + model,
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        "Java " + System.getProperty("java.version"),
        server(postgres),
        "data on " + Files.getFileStore(dataFolder).type());
  }

  private static String server(DataSource postgres) throws SQLException {
    try (Connection connection = postgres.getConnection()) {
      return "PostgreSQL " + connection.getMetaData().getDatabaseProductVersion();
    }
  }

  private static Optional<String> model() throws IOException {
    if (!Files.isReadable(PROCESSORS)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(PROCESSORS);
    return lines.stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  /** What to say of a machine that has other things to do, which makes figures worth less. */
  static Optional<String> busy() {
    int cores = Runtime.getRuntime().availableProcessors();
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return load < cores / 2.0
        ? Optional.empty()
        : Optional.of(
            String.format(
                "This machine is busy (load %.1f on %d processors): the ratios will scatter.",
                load, cores));
  }
}
