package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The folder of this user in which unpacked servers are kept from one run to the next. */
final class Cache {
  private static final String NAME = "concordat";

  private Cache() {}

  /**
   * The first of these that can be written: the system property {@code concordat.cache}, the
   * environment's {@code CONCORDAT_CACHE}, the usual place of the operating system, the temporary
   * folder.
   */
  static Path folder() {
    List<Path> candidates = candidates();
    for (Path candidate : candidates) {
      if (isWritable(candidate)) {
        return candidate;
      }
    }
    throw new LocalServerException(
        "No folder to unpack servers into: none of "
            + candidates
            + " can be written. Set CONCORDAT_CACHE to a folder that can.");
  }

  private static List<Path> candidates() {
    List<Path> candidates = new ArrayList<>();
    add(candidates, System.getProperty("concordat.cache"), "");
    add(candidates, System.getenv("CONCORDAT_CACHE"), "");
    if (!candidates.isEmpty()) {
      return candidates; // a place that was asked for is used, or refused; never replaced
    }
    usual(candidates);
    String user = System.getProperty("user.name");
    add(candidates, System.getProperty("java.io.tmpdir"), NAME + "-" + user);
    return candidates;
  }

  private static void usual(List<Path> candidates) {
    String home = System.getProperty("user.home");
    if (Account.isRoot()) {
      candidates.add(Path.of("/var/cache", NAME)); // root's home is closed to the server's account
    } else if (System.getProperty("os.name").startsWith("Mac")) {
      add(candidates, home, "Library/Caches/" + NAME);
    } else {
      add(candidates, System.getenv("XDG_CACHE_HOME"), NAME);
      add(candidates, home, ".cache/" + NAME);
    }
  }

  private static void add(List<Path> candidates, @Nullable String folder, String below) {
    if (folder != null && !folder.isBlank()) {
      candidates.add(Path.of(folder).resolve(below).toAbsolutePath());
    }
  }

  private static boolean isWritable(Path folder) {
    try {
      Files.createDirectories(folder);
      return Files.isWritable(folder);
    } catch (IOException e) {
      return false;
    }
  }
}
