package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * MariaDB's program.
 *
 * @param server the server itself
 * @param share the folder with its messages and the scripts that make its own tables
 * @param libraries folders with libraries that the machine itself does not have
 */
record MariaDbPrograms(Path server, Path share, List<Path> libraries) {
  static final String VARIABLE = "CONCORDAT_MARIADB_URL";
  private static final String PACKAGE = "mariadb-server-core";
  private static final String WAY_OUT =
      "Install mariadb-server, or set " + VARIABLE + " to the JDBC URL of one that runs.";

  MariaDbPrograms {
    libraries = List.copyOf(libraries);
  }

  /** The installed server, or that of the distribution's package in the cache. */
  static MariaDbPrograms find(Search search, Path cache) {
    return Stream.of("mariadbd", "mysqld")
        .flatMap(search::all)
        .flatMap(server -> at(server, List.of()).stream())
        .findFirst()
        .orElseGet(() -> fetched(search, cache));
  }

  private static MariaDbPrograms fetched(Search search, Path cache) {
    Path root =
        new Debian(search, cache, PACKAGE, WAY_OUT)
            .unpacked(folder -> inside(folder).isPresent(), Debian.Relocation.none());
    return inside(root).orElseThrow();
  }

  private static Optional<MariaDbPrograms> inside(Path root) {
    return at(root.resolve("usr/sbin/mariadbd"), Debian.librariesBelow(root));
  }

  /** MySQL's server has the same name, but none of these scripts. */
  private static Optional<MariaDbPrograms> at(Path server, List<Path> libraries) {
    if (!Files.isExecutable(server)) {
      return Optional.empty();
    }
    Path home = real(server).resolveSibling("..").normalize();
    return Stream.of("share/mysql", "share/mariadb")
        .map(home::resolve)
        .filter(share -> script(share, "system_tables").isPresent())
        .findFirst()
        .map(share -> new MariaDbPrograms(server, share, libraries));
  }

  private static Optional<Path> script(Path share, String name) {
    return Stream.of("mariadb_", "mysql_")
        .map(product -> share.resolve(product + name + ".sql"))
        .filter(Files::isReadable)
        .findFirst();
  }

  /** The SQL that makes the server's own tables. */
  String ownTables() throws IOException {
    StringBuilder sql = new StringBuilder();
    for (String name : List.of("system_tables", "performance_tables", "system_tables_data")) {
      Optional<Path> script = script(share, name);
      if (script.isPresent()) {
        sql.append(Files.readString(script.get())).append('\n');
      }
    }
    return sql.toString();
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file; // it went away between two looks
    }
  }
}
