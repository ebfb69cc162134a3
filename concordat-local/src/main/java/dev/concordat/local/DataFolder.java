package dev.concordat.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one server: its data in {@code data}, what it says in {@code postgres.log}, and a
 * lock that is held as long as the server belongs to this program.
 */
final class DataFolder implements AutoCloseable {
  private static final String PART = ".part";

  /** A program that was killed keeps its locks until its last thread is gone. */
  private static final Duration LOCK_OF_THE_DYING = Duration.ofSeconds(2);

  private static final Duration PREDECESSOR = Duration.ofSeconds(10);
  private static final long LOG_BYTES_MAX = 10 << 20;

  private final Path folder;
  private final boolean isTemporary;
  private final FileChannel lock;

  private DataFolder(Path folder, boolean isTemporary, FileChannel lock) {
    this.folder = folder;
    this.isTemporary = isTemporary;
    this.lock = lock;
  }

  static DataFolder temporary() {
    try {
      return new DataFolder(Files.createTempDirectory("concordat-postgres-"), true);
    } catch (IOException e) {
      throw new LocalPostgresException("Cannot create a temporary folder for PostgreSQL.", e);
    }
  }

  static DataFolder at(Path folder) {
    if (Files.exists(folder.resolve("PG_VERSION"))) {
      throw new LocalPostgresException(
          folder + " is the data folder of another PostgreSQL server: choose a folder of its own.");
    }
    try {
      if (!Files.exists(folder)) {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      }
      return new DataFolder(folder, false);
    } catch (IOException e) {
      throw new LocalPostgresException("Cannot use the folder " + folder + ": " + e, e);
    }
  }

  private DataFolder(Path folder, boolean isTemporary) throws IOException {
    this(folder.toRealPath(), isTemporary, lock(folder));
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (Processes.await(() -> isLocked(channel), LOCK_OF_THE_DYING)) {
        return channel;
      }
      channel.close();
      throw inUse(folder, "another program");
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw inUse(folder, "this program");
    }
  }

  private static boolean isLocked(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LocalPostgresException inUse(Path folder, String by) {
    return new LocalPostgresException(
        "The folder "
            + folder
            + " is in use by "
            + by
            + ": close the PostgreSQL that runs there first, or choose another folder.");
  }

  Path folder() {
    return folder;
  }

  Path data() {
    return folder.resolve("data");
  }

  Path log() {
    return folder.resolve("postgres.log");
  }

  /** The folder to delete if this program dies first; null for one that is to be kept. */
  @Nullable Path deletedAtTheEnd() {
    return isTemporary ? folder : null;
  }

  boolean isFresh() {
    return !Files.exists(data());
  }

  /** Creates the database files, all or nothing: a broken attempt leaves no folder {@code data}. */
  void initialize(Path binaries, Account account) {
    deleteAbandoned();
    Path part = folder.resolve("data-" + UUID.randomUUID() + PART);
    List<String> command = new ArrayList<>();
    command.addAll(List.of(binaries.resolve("bin/initdb").toString(), "-D", part.toString()));
    command.addAll(List.of("-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale"));
    if (isTemporary) {
      command.add("--no-sync"); // nobody will look for it after a power cut
    }
    Shell.Result result = Shell.run(Shell.join(account.prefix(), command));
    if (!result.isDone()) {
      throw new LocalPostgresException(
          "PostgreSQL could not create its data in " + folder + ": " + result.output());
    }
    try {
      Files.move(part, data(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new LocalPostgresException("Cannot rename " + part + " to " + data() + ".", e);
    }
  }

  /** Removes what programs left that were killed while they created their data. */
  private void deleteAbandoned() {
    try (Stream<Path> entries = Files.list(folder)) {
      entries.filter(entry -> entry.toString().endsWith(PART)).forEach(Folders::delete);
    } catch (IOException | UncheckedIOException e) {
      // the orphan is still writing there; what it leaves costs room, and nothing else
    }
  }

  /**
   * Waits for a server that the death of an earlier program has left behind for a moment: its guard
   * is about to kill it, and its children end when they miss it.
   */
  void awaitPredecessor() {
    Path file = data().resolve("postmaster.pid");
    predecessor(file)
        .ifPresent(server -> {
          if (server.info().command().orElse("").endsWith("/postgres")) {
            Processes.awaitEnd(server, PREDECESSOR);
          }
          Processes.workingIn(data()).forEach(c -> Processes.awaitEnd(c, PREDECESSOR));
          if (Processes.isDefunct(server)) {
            forget(file);
          }
        });
    if (isEmpty(file)) {
      Processes.workingIn(data()).forEach(c -> Processes.awaitEnd(c, PREDECESSOR));
      forget(file);
    }
  }

  /** A server killed between making the file and writing it leaves it so. The folder is ours. */
  private static boolean isEmpty(Path file) {
    try {
      return Files.exists(file) && Files.size(file) == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<ProcessHandle> predecessor(Path file) {
    try {
      return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).get(0).strip()));
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  /**
   * A dead server that nobody buried keeps its number, and the next one would take it for alive.
   */
  private static void forget(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new LocalPostgresException("Cannot delete " + file + ", left by a dead server.", e);
    }
  }

  /** Puts a long log aside, and answers where new lines will begin. */
  long prepareLog() {
    try {
      if (!Files.exists(log())) {
        return 0;
      }
      if (Files.size(log()) > LOG_BYTES_MAX) {
        Path old = folder.resolve("postgres.log.old");
        Files.move(log(), old, StandardCopyOption.REPLACE_EXISTING);
        return 0;
      }
      return Files.size(log());
    } catch (IOException e) {
      throw new LocalPostgresException("Cannot write the log " + log() + ".", e);
    }
  }

  /** What the server has said since a place in its log. */
  String logSince(long position) {
    try (FileChannel channel = FileChannel.open(log(), StandardOpenOption.READ)) {
      byte[] bytes = new byte[(int) Math.min(64 << 10, Math.max(0, channel.size() - position))];
      channel.read(ByteBuffer.wrap(bytes), position);
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** Gives the folder free, and deletes it if it was temporary. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new LocalPostgresException("Cannot release " + folder + ".", e);
    }
    if (isTemporary) {
      Folders.delete(folder);
    }
  }
}
