package dev.concordat.local;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * RabbitMQ's programs.
 *
 * @param server the script that becomes the server
 * @param erlang the folder with {@code erl} and {@code epmd}
 * @param libraries folders with libraries that the machine itself does not have
 */
record RabbitPrograms(Path server, Path erlang, List<Path> libraries) {
  static final String VARIABLE = "CONCORDAT_RABBITMQ_URL";
  private static final String PACKAGE = "rabbitmq-server";
  private static final String WAY_OUT =
      "Install rabbitmq-server, or set " + VARIABLE + " to the address of one that runs.";
  private static final String ERLANG_INSTALLED = "/usr/lib/erlang";

  RabbitPrograms {
    libraries = List.copyOf(libraries);
  }

  /** The installed programs, or those of the distribution's package in the cache. */
  static RabbitPrograms find(Search search, Path cache) {
    return installed(search).orElseGet(() -> fetched(search, cache));
  }

  private static Optional<RabbitPrograms> installed(Search search) {
    return search
        .all(PACKAGE)
        .map(RabbitPrograms::real)
        .filter(RabbitPrograms::isServer)
        .findFirst()
        .flatMap(server ->
            search
                .first("erl")
                .map(erl -> new RabbitPrograms(server, parent(real(erl)), List.of())));
  }

  /** The script itself, and not a wrapper that wants to become another user first. */
  private static boolean isServer(Path script) {
    return Files.exists(script.resolveSibling("rabbitmq-env"));
  }

  private static RabbitPrograms fetched(Search search, Path cache) {
    Path root =
        new Debian(search, cache, PACKAGE, WAY_OUT)
            .unpacked(
                folder -> server(folder).isPresent() && Files.isExecutable(erl(folder)),
                RabbitPrograms::relocate);
    return new RabbitPrograms(
        server(root).orElseThrow(), parent(erl(root)), Debian.librariesBelow(root));
  }

  private static Optional<Path> server(Path root) {
    return list(root.resolve("usr/lib/rabbitmq/lib"))
        .map(version -> version.resolve("sbin").resolve(PACKAGE))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Path erl(Path root) {
    return root.resolve("usr/lib/erlang/bin/erl");
  }

  /** Debian's Erlang knows by heart where it was installed. */
  private static void relocate(Path part, Path home) throws IOException {
    String script = Files.readString(erl(part));
    String moved = "\"" + home.resolve("usr/lib/erlang") + "\"";
    Files.writeString(erl(part), script.replace("ROOTDIR=" + ERLANG_INSTALLED, "ROOTDIR=" + moved));
  }

  /** What the programs want to know about where they are. */
  Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    environment.put("PATH", erlang + File.pathSeparator + path);
    environment.putAll(Debian.pathTo(libraries));
    return environment;
  }

  private static Stream<Path> list(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList().stream();
    } catch (IOException e) {
      return Stream.empty(); // there is no such folder
    }
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file; // it went away between two looks
    }
  }

  private static Path parent(Path file) {
    return file.resolveSibling("");
  }
}
