package dev.concordat.local;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** Unpacks a tar archive compressed with xz, keeping links and the right to execute. */
final class Archive {
  private static final int ANY_EXECUTE = 0111;

  private final Path target;

  private Archive(Path target) {
    this.target = target;
  }

  /** Unpacks everything below the target folder; every user may read it afterwards. */
  static void unpack(InputStream packed, Path target) throws IOException {
    Archive archive = new Archive(target);
    archive.folder(target);
    try (TarArchiveInputStream entries =
        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed)))) {
      for (TarArchiveEntry entry = entries.getNextEntry();
          entry != null;
          entry = entries.getNextEntry()) {
        archive.place(entry, entries);
      }
    }
  }

  private void place(TarArchiveEntry entry, InputStream content) throws IOException {
    Path path = inside(target.resolve(entry.getName()), entry);
    if (entry.isDirectory()) {
      folder(path);
      return;
    }
    Path parent = path.getParent();
    if (parent != null) {
      folder(parent);
    }
    if (entry.isSymbolicLink()) {
      inside(path.resolveSibling(entry.getLinkName()), entry);
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else {
      Files.copy(content, path);
      allow(path, (entry.getMode() & ANY_EXECUTE) == 0 ? "rw-r--r--" : "rwxr-xr-x");
    }
  }

  /** An archive must not reach out of the folder it is unpacked into. */
  private Path inside(Path path, TarArchiveEntry entry) throws IOException {
    Path normal = path.normalize();
    if (!normal.startsWith(target)) {
      throw new IOException("the archive's entry " + entry.getName() + " points outside of it");
    }
    return normal;
  }

  private void folder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      allow(folder, "rwxr-xr-x");
    }
  }

  /** Says it explicitly, since a strict umask would hide the server from its own account. */
  private static void allow(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }
}
