package dev.concordat.local;

/** A program whose environment names brokers that it did not start. */
final class LocalBrokersElsewhereChild {
  private LocalBrokersElsewhereChild() {}

  /** Prints each broker's address and how it answers to being killed and stopped. */
  public static void main(String[] args) {
    try (LocalKafka kafka = LocalKafka.start();
        LocalRabbit rabbit = LocalRabbit.start();
        LocalNats nats = LocalNats.start();
        LocalMariaDb mariaDb = LocalMariaDb.start()) {
      System.out.println(kafka.bootstrapServers());
      tryToEnd(kafka);
      System.out.println(rabbit.uri());
      tryToEnd(rabbit);
      System.out.println(nats.url());
      tryToEnd(nats);
      System.out.println(mariaDb.jdbcUrl("ledger"));
      tryToEnd(mariaDb);
    }
  }

  private static void tryToEnd(LocalServer server) {
    refused(server::kill);
    refused(server::stop);
  }

  private static void refused(Runnable action) {
    try {
      action.run();
      System.out.println("it was done");
    } catch (LocalServerException e) {
      System.out.println(e.getMessage());
    }
  }
}
