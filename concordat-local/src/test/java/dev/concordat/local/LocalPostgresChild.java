package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Path;

/** A program that starts a server and never closes it; its parent decides how it ends. */
final class LocalPostgresChild {
  private LocalPostgresChild() {}

  /**
   * Prints the server's process id, port and folder, then waits for the end of its input.
   *
   * @param args a folder for the data, or nothing for a temporary one
   */
  public static void main(String[] args) throws InterruptedException, IOException {
    LocalPostgres.Builder builder = LocalPostgres.builder();
    if (args.length > 0) {
      builder.dataFolder(Path.of(args[0]));
    }
    // The thread that starts the server ends long before the program: the server must not mind.
    Thread brief = new Thread(() -> say(builder));
    brief.start();
    brief.join();
    while (System.in.read() >= 0) {
      // the parent says nothing, it only ends
    }
  }

  private static void say(LocalPostgres.Builder builder) {
    try {
      LocalPostgres postgres = builder.start();
      System.out.println(postgres.pid() + " " + postgres.port() + " " + postgres.dataFolder());
    } catch (RuntimeException e) {
      System.err.println(e);
      System.exit(1);
    }
  }
}
