package dev.concordat.local;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where installed programs are looked for.
 *
 * @param folders the first that has a program wins
 */
record Search(List<Path> folders) {
  /** Servers often lie where an ordinary user's PATH does not lead. */
  private static Stream<String> usualFolders() {
    return Stream.of(
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/usr/lib/rabbitmq/bin",
        "/opt/homebrew/sbin",
        "/opt/homebrew/bin");
  }

  static Search usual() {
    String path = System.getenv().getOrDefault("PATH", "");
    Stream<String> named = Stream.of(path.split(File.pathSeparator)).filter(f -> !f.isBlank());
    return new Search(Stream.concat(named, usualFolders()).map(Path::of).toList());
  }

  /** Every program of this name, in order. */
  Stream<Path> all(String name) {
    return folders.stream().map(folder -> folder.resolve(name)).filter(Files::isExecutable);
  }

  Optional<Path> first(String name) {
    return all(name).findFirst();
  }
}
