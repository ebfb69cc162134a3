package dev.concordat.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A program that starts a server and never closes it; its parent decides how it ends. */
final class LocalServerChild {
  private LocalServerChild() {}

  /**
   * Prints the server's process id, port and folder, then waits for the end of its input.
   *
   * @param args the server, and a folder for the data, or nothing for a temporary one
   */
  public static void main(String[] args) throws InterruptedException, IOException {
    // The thread that starts the server ends long before the program: the server must not mind.
    Thread brief = new Thread(() -> say(args[0], List.of(args).subList(1, args.length)));
    brief.start();
    brief.join();
    while (System.in.read() >= 0) {
      // the parent says nothing, it only ends
    }
  }

  private static void say(String name, List<String> folder) {
    try {
      LocalServer server = folder.isEmpty() ? start(name) : start(name, Path.of(folder.get(0)));
      System.out.println(server.pid() + " " + server.port() + " " + server.dataFolder());
    } catch (RuntimeException e) {
      System.err.println(e);
      System.exit(1);
    }
  }

  private static LocalServer start(String name) {
    return switch (name) {
      case "postgres" -> LocalPostgres.start();
      case "kafka" -> LocalKafka.start();
      case "rabbitmq" -> LocalRabbit.start();
      case "nats" -> LocalNats.start();
      case "mariadb" -> LocalMariaDb.start();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static LocalServer start(String name, Path folder) {
    return switch (name) {
      case "postgres" -> LocalPostgres.builder().dataFolder(folder).start();
      case "kafka" -> LocalKafka.start(folder);
      case "rabbitmq" -> LocalRabbit.start(folder);
      case "nats" -> LocalNats.start(folder);
      case "mariadb" -> LocalMariaDb.start(folder);
      default -> throw new IllegalArgumentException(name);
    };
  }
}
