package dev.concordat.local;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's programs, unpacked once for each user and each build of PostgreSQL.
 *
 * <p>Two programs may unpack at the same moment: each does so in a folder of its own and renames it
 * at the end, which the file system lets only one of them do.
 */
final class Binaries {
  private static final String MARKER = ".complete";
  private static final String PART = ".part";
  private static final Duration ABANDONED = Duration.ofHours(1);

  /** Threads of one program wait for each other instead of unpacking twice. */
  private static final ReentrantLock UNPACKING = new ReentrantLock();

  private Binaries() {}

  /** The folder that holds {@code bin}, {@code lib} and {@code share}, unpacked if need be. */
  static Path unpacked() {
    Platform platform = Platform.current();
    URL archive = archive(platform, Binaries.class.getResource(platform.resource()));
    UNPACKING.lock();
    try {
      Path cache = Cache.folder();
      Path home = cache.resolve("postgres-" + fingerprint(archive));
      if (!isComplete(home)) {
        unpack(archive, home);
        deleteAbandoned(cache);
      }
      return home;
    } catch (IOException e) {
      throw new LocalPostgresException("PostgreSQL could not be unpacked: " + e.getMessage(), e);
    } finally {
      UNPACKING.unlock();
    }
  }

  static URL archive(Platform platform, @Nullable URL resource) {
    if (resource == null) {
      throw new LocalPostgresException(
          "There is no PostgreSQL for "
              + platform.name()
              + " on the class path: add "
              + platform.artifact()
              + " to the dependencies.");
    }
    return resource;
  }

  /** Names the content, so that another build of PostgreSQL gets another folder. */
  private static String fingerprint(URL archive) throws IOException {
    URLConnection connection = archive.openConnection();
    connection.setUseCaches(false);
    if (connection instanceof JarURLConnection jar) {
      try (var file = jar.getJarFile()) {
        return Long.toHexString(file.getJarEntry(jar.getEntryName()).getCrc());
      }
    }
    try (InputStream in = connection.getInputStream()) {
      return connection.getContentLengthLong() + "-" + connection.getLastModified();
    }
  }

  private static boolean isComplete(Path home) {
    return Files.exists(home.resolve(MARKER))
        && Files.isExecutable(home.resolve("bin/postgres"))
        && Files.isExecutable(home.resolve("bin/initdb"));
  }

  private static void unpack(URL archive, Path home) throws IOException {
    Path part = home.resolveSibling(home.getFileName() + "-" + UUID.randomUUID() + PART);
    try (InputStream packed = archive.openStream()) {
      Archive.unpack(packed, part);
      Files.createFile(part.resolve(MARKER));
      if (Files.exists(home) && !isComplete(home)) {
        Folders.delete(home); // somebody removed files from it
      }
      Files.move(part, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!isComplete(home)) { // complete: another program was quicker, and its copy is as good
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
