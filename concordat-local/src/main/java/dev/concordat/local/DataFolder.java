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
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one server: its data in {@code data}, what it says in a log, and a lock that is
 * held as long as the server belongs to this program.
 */
final class DataFolder implements AutoCloseable {
  private static final String PART = ".part";

  /** A program that was killed keeps its locks until its last thread is gone. */
  private static final Duration LOCK_OF_THE_DYING = Duration.ofSeconds(2);

  private static final Duration PREDECESSOR = Duration.ofSeconds(10);
  private static final long LOG_BYTES_MAX = 10 << 20;

  private final Product product;
  private final Path folder;
  private final boolean isTemporary;
  private final FileChannel lock;

  private DataFolder(Product product, Path folder, boolean isTemporary) throws IOException {
    this.product = product;
    this.folder = folder.toRealPath();
    this.isTemporary = isTemporary;
    this.lock = lock(product, folder);
  }

  static DataFolder temporary(Product product) {
    try {
      Path folder = Files.createTempDirectory("concordat-" + product.file() + "-");
      return new DataFolder(product, folder, true);
    } catch (IOException e) {
      throw new LocalServerException(
          "Cannot create a temporary folder for " + product.name() + ".", e);
    }
  }

  /** A folder that was given, or a temporary one. */
  static DataFolder of(Product product, @Nullable Path folder) {
    return folder == null ? temporary(product) : at(product, folder.toAbsolutePath());
  }

  static DataFolder at(Product product, Path folder) {
    try {
      if (!Files.exists(folder)) {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      }
      return new DataFolder(product, folder, false);
    } catch (IOException e) {
      throw new LocalServerException("Cannot use the folder " + folder + ": " + e, e);
    }
  }

  private static FileChannel lock(Product product, Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (Processes.await(() -> isLocked(channel), LOCK_OF_THE_DYING)) {
        return channel;
      }
      channel.close();
      throw inUse(product, folder, "another program");
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw inUse(product, folder, "this program");
    }
  }

  private static boolean isLocked(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LocalServerException inUse(Product product, Path folder, String by) {
    return new LocalServerException(
        "The folder "
            + folder
            + " is in use by "
            + by
            + ": close the "
            + product.name()
            + " that runs there first, or choose another folder.");
  }

  Product product() {
    return product;
  }

  Path folder() {
    return folder;
  }

  Path data() {
    return folder.resolve("data");
  }

  Path log() {
    return product.log(folder);
  }

  /** The folder to delete if this program dies first; null for one that is to be kept. */
  @Nullable Path deletedAtTheEnd() {
    return isTemporary ? folder : null;
  }

  boolean isFresh() {
    return !Files.exists(data());
  }

  /** Lets a server be started here; a folder without a server is given free again. */
  OwnLife handOver(Function<DataFolder, OwnLife> start) {
    try {
      return start.apply(this);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Creates the data, all or nothing: a broken attempt leaves no folder {@code data}. */
  void create(Consumer<Path> filler) {
    deleteAbandoned();
    Path part = folder.resolve("data-" + UUID.randomUUID() + PART);
    filler.accept(part);
    try {
      Files.move(part, data(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new LocalServerException("Cannot rename " + part + " to " + data() + ".", e);
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

  /** Writes down which process serves here, so that a later program can wait for its end. */
  void note(ProcessHandle server) throws IOException {
    Files.writeString(noted(), server.pid() + " " + started(server) + "\n");
  }

  /**
   * Waits for a server that the death of an earlier program has left behind for a moment: its guard
   * is about to kill it.
   */
  void awaitPredecessor() {
    try {
      String[] words = Files.readString(noted()).strip().split(" ", 2);
      ProcessHandle.of(Long.parseLong(words[0]))
          .filter(process -> words[1].equals(started(process)))
          .ifPresent(server -> Processes.awaitEnd(server, PREDECESSOR));
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      // never written, or torn by a power cut that no server survived
    }
  }

  private Path noted() {
    return folder.resolve("server.pid");
  }

  /** Tells a process from a later one that was given the same number. */
  private static String started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("?");
  }

  /** Puts a long log aside, and answers where new lines will begin. */
  long prepareLog() {
    try {
      if (!Files.exists(log())) {
        return 0;
      }
      if (Files.size(log()) > LOG_BYTES_MAX) {
        Path old = folder.resolve(product.file() + ".log.old");
        Files.move(log(), old, StandardCopyOption.REPLACE_EXISTING);
        return 0;
      }
      return Files.size(log());
    } catch (IOException e) {
      throw new LocalServerException("Cannot write the log " + log() + ".", e);
    }
  }

  /** What the server has said since a place in its log. */
  String logSince(long position) {
    try (FileChannel channel = FileChannel.open(log(), StandardOpenOption.READ)) {
      byte[] bytes = new byte[(int) Math.min(1 << 20, Math.max(0, channel.size() - position))];
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
      throw new LocalServerException("Cannot release " + folder + ".", e);
    }
    if (isTemporary) {
      Folders.delete(folder);
    }
  }
}
