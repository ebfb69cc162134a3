package dev.concordat.local;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Folders of the cache that are filled once and then only read.
 *
 * <p>Two programs may fill one at the same moment: each does so in a folder of its own and renames
 * it at the end, which the file system lets only one of them do.
 */
final class Unpacked {
  private static final String MARKER = ".complete";
  private static final String PART = ".part";
  private static final Duration ABANDONED = Duration.ofHours(1);

  /** Threads of one program wait for each other instead of unpacking twice. */
  private static final ReentrantLock UNPACKING = new ReentrantLock();

  /** Puts into a new folder what belongs there; the folder does not exist yet. */
  @FunctionalInterface
  interface Filler {
    void fill(Path part) throws IOException;
  }

  private Unpacked() {}

  /**
   * A folder of this name in the cache, filled if need be.
   *
   * @param isUsable whether nobody has removed what matters from a folder that was filled
   */
  static Path provide(Path cache, String name, Predicate<Path> isUsable, Filler filler)
      throws IOException {
    Path home = cache.resolve(name);
    Predicate<Path> isComplete = isUsable.and(folder -> Files.exists(folder.resolve(MARKER)));
    UNPACKING.lock();
    try {
      if (!isComplete.test(home)) {
        fill(home, isComplete, filler);
        deleteAbandoned(cache);
      }
      return home;
    } finally {
      UNPACKING.unlock();
    }
  }

  private static void fill(Path home, Predicate<Path> isComplete, Filler filler)
      throws IOException {
    Path part = home.resolveSibling(home.getFileName() + "-" + UUID.randomUUID() + PART);
    try {
      filler.fill(part);
      Files.createFile(part.resolve(MARKER));
      if (Files.exists(home) && !isComplete.test(home)) {
        Folders.delete(home); // somebody removed files from it
      }
      Files.move(part, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!isComplete.test(home)) { // complete: another program was quicker, its copy is as good
        throw e;
      }
    } finally {
      Folders.delete(part);
    }
  }

  /** Removes what programs left that were killed while they unpacked. */
  private static void deleteAbandoned(Path cache) throws IOException {
    Instant old = Instant.now().minus(ABANDONED);
    try (Stream<Path> entries = Files.list(cache)) {
      for (Path entry : entries.filter(path -> path.toString().endsWith(PART)).toList()) {
        if (Files.getLastModifiedTime(entry).toInstant().isBefore(old)) {
          Folders.delete(entry);
        }
      }
    }
  }
}
