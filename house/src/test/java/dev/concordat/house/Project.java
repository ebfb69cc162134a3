package dev.concordat.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the project's modules, sources and compiled classes lie. */
final class Project {
  private Project() {}

  /** The folder that holds the Maven wrapper: the root of the project. */
  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("mvnw"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("no folder above this one holds the file mvnw");
      }
      folder = parent;
    }
    return folder;
  }

  /** Every folder below the root with a pom of its own. */
  static List<Path> modules() {
    return list(root()).filter(folder -> Files.exists(folder.resolve("pom.xml"))).sorted().toList();
  }

  static List<JavaFile> mainSources() {
    return sources("src/main/java");
  }

  static List<JavaFile> testSources() {
    return sources("src/test/java");
  }

  /** The main sources of one module. */
  static List<JavaFile> mainSources(String module) {
    return javaFiles(root().resolve(module).resolve("src/main/java"));
  }

  /** The folders of compiled main classes, one for each module that has any. */
  static List<Path> classFolders() {
    return modules().stream()
        .map(module -> module.resolve("target/classes"))
        .filter(Files::isDirectory)
        .toList();
  }

  private static List<JavaFile> sources(String folder) {
    return modules().stream()
        .flatMap(module -> javaFiles(module.resolve(folder)).stream())
        .toList();
  }

  private static List<JavaFile> javaFiles(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .sorted()
          .map(file -> JavaFile.read(root(), file))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static Stream<Path> list(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
