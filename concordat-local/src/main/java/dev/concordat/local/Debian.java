package dev.concordat.local;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Debian's packages, fetched once and unpacked into the cache: nothing is installed, and no root is
 * needed. What the machine has already is not fetched.
 *
 * @param server the package that is wanted
 * @param wayOut what to do where it cannot be fetched
 */
record Debian(Search search, Path cache, String server, String wayOut) {
  /** A package that is not here; one that is here in another version has that one in brackets. */
  private static final Pattern NEW_PACKAGE = Pattern.compile("Inst (\\S+) \\(");

  private static final Pattern PLAIN_FILE_NAME = Pattern.compile("[^A-Za-z0-9.]+");

  /** The channel's lock is the program's; threads of one program have this one. */
  private static final ReentrantLock FETCHING = new ReentrantLock();

  /** Turns unpacked files into files that work in the folder they will have in the end. */
  @FunctionalInterface
  interface Relocation {
    void apply(Path part, Path home) throws IOException;

    static Relocation none() {
      return (part, home) -> {};
    }
  }

  /**
   * The folder that stands for the root of a machine on which the package is installed.
   *
   * @param isUsable whether a folder that was filled still holds what matters
   */
  Path unpacked(Predicate<Path> isUsable, Relocation relocation) {
    String name = server + "-" + release();
    try {
      return isUsable.test(cache.resolve(name))
          ? provide(name, isUsable, relocation)
          : fetchAlone(name, isUsable, relocation);
    } catch (IOException e) {
      throw new LocalServerException(
          server + " could not be unpacked: " + e.getMessage() + ". " + wayOut, e);
    }
  }

  /** Another program that fetches the same holds this one up, instead of fetching it twice. */
  private Path fetchAlone(String name, Predicate<Path> isUsable, Relocation relocation)
      throws IOException {
    Path file = cache.resolve(name + ".lock");
    FETCHING.lock();
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      return provide(name, isUsable, relocation);
    } finally {
      FETCHING.unlock();
    }
  }

  private Path provide(String name, Predicate<Path> isUsable, Relocation relocation)
      throws IOException {
    return Unpacked.provide(
        cache,
        name,
        isUsable,
        part -> {
          fetch(Files.createDirectory(part));
          relocation.apply(part, cache.resolve(name));
        });
  }

  private void fetch(Path part) throws IOException {
    String apt = tool("apt-get");
    String dpkg = tool("dpkg-deb");
    List<String> packages = missing(apt);
    System.err.println("Fetching " + server + " of this machine's distribution, once, to " + cache);
    Path archives = Files.createDirectory(part.resolve("archives"));
    download(apt, packages, archives);
    for (Path archive : list(archives)) {
      Shell.Result result = Shell.run(dpkg, "-x", archive.toString(), part.toString());
      if (!result.isDone()) {
        throw new IOException(result.output());
      }
    }
    Folders.delete(archives);
  }

  private String tool(String name) {
    return search
        .first(name)
        .orElseThrow(() ->
            new LocalServerException(
                "There is no " + server + " here, and no " + name + " to fetch it. " + wayOut))
        .toString();
  }

  /** The package and those libraries and runtimes it needs that the machine does not have. */
  private List<String> missing(String apt) {
    Shell.Result plan = Shell.run(apt, "-s", "-qq", "--no-install-recommends", "install", server);
    List<String> packages =
        plan.output()
            .lines()
            .map(NEW_PACKAGE::matcher)
            .filter(Matcher::lookingAt)
            .map(found -> found.group(1))
            .filter(this::isNeeded)
            .toList();
    if (!plan.isDone() || !packages.contains(server)) {
      throw cannotFetch(plan.output());
    }
    return packages;
  }

  /** Leaves out what only an installed service needs: accounts, log rotation, init scripts. */
  private boolean isNeeded(String name) {
    return name.equals(server) || name.startsWith("erlang-") || name.startsWith("lib");
  }

  private void download(String apt, List<String> packages, Path folder) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "fetch"));
    words.addAll(List.of(folder.toString(), apt, "-qq", "-o", "Acquire::Retries=2"));
    words.addAll(List.of("-o", "Acquire::http::Timeout=30", "download"));
    words.addAll(packages);
    Shell.Result result = Shell.run(words);
    if (!result.isDone()) {
      throw cannotFetch(result.output());
    }
  }

  private LocalServerException cannotFetch(String output) {
    String why =
        output.lines().filter(line -> line.startsWith("E:")).findFirst().orElse("no reason given");
    return new LocalServerException(
        server
            + " is not here, and apt-get cannot fetch it ("
            + why
            + "). Run 'apt-get update' as root and try again. "
            + wayOut);
  }

  /** The folders with libraries of an unpacked package, which the machine itself does not have. */
  static List<Path> librariesBelow(Path root) {
    return Stream.of("lib", "usr/lib")
        .map(root::resolve)
        .filter(Files::isDirectory)
        .flatMap(Debian::entries)
        .filter(folder -> folder.toString().contains("-linux-"))
        .toList();
  }

  /** What lets a program find libraries in those folders. */
  static Map<String, String> pathTo(List<Path> libraries) {
    List<String> folders = libraries.stream().map(Path::toString).toList();
    return folders.isEmpty()
        ? Map.of()
        : Map.of("LD_LIBRARY_PATH", String.join(File.pathSeparator, folders));
  }

  private static Stream<Path> entries(Path folder) {
    try {
      return list(folder).stream();
    } catch (IOException e) {
      return Stream.empty(); // it went away between two looks
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    }
  }

  /** Names the system, since several may share a home folder. */
  private static String release() {
    Properties names = new Properties();
    try (var file = Files.newBufferedReader(Path.of("/etc/os-release"))) {
      names.load(file);
    } catch (IOException e) {
      // not a system with packages of this kind: that is said later
    }
    String id = names.getProperty("ID", "unknown") + "-" + names.getProperty("VERSION_ID", "");
    String plain =
        PLAIN_FILE_NAME.matcher(id + "-" + System.getProperty("os.arch")).replaceAll("-");
    return plain.toLowerCase(Locale.ROOT);
  }
}
