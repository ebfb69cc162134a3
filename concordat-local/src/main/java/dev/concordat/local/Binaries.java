package dev.concordat.local;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** PostgreSQL's programs, unpacked once for each user and each build of PostgreSQL. */
final class Binaries {
  private Binaries() {}

  /** The folder that holds {@code bin}, {@code lib} and {@code share}, unpacked if need be. */
  static Path unpacked() {
    Platform platform = Platform.current();
    URL archive = archive(platform, Binaries.class.getResource(platform.resource()));
    try {
      String name = "postgres-" + fingerprint(archive);
      return Unpacked.provide(
          Cache.folder(), name, Binaries::isUsable, part -> unpack(archive, part));
    } catch (IOException e) {
      throw new LocalServerException("PostgreSQL could not be unpacked: " + e.getMessage(), e);
    }
  }

  static URL archive(Platform platform, @Nullable URL resource) {
    if (resource == null) {
      throw new LocalServerException(
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

  private static boolean isUsable(Path home) {
    return Files.isExecutable(home.resolve("bin/postgres"))
        && Files.isExecutable(home.resolve("bin/initdb"));
  }

  private static void unpack(URL archive, Path part) throws IOException {
    try (InputStream packed = archive.openStream()) {
      Archive.unpack(packed, part);
    }
  }
}
