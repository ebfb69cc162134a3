package dev.concordat.local;

import java.nio.file.Path;

/**
 * What a server is called.
 *
 * @param name for people
 * @param file for files and folders
 */
record Product(String name, String file) {
  static final Product POSTGRES = new Product("PostgreSQL", "postgres");
  static final Product KAFKA = new Product("Kafka", "kafka");
  static final Product RABBIT = new Product("RabbitMQ", "rabbitmq");
  static final Product NATS = new Product("NATS", "nats");
  static final Product MARIADB = new Product("MariaDB", "mariadb");

  /** The file in a server's folder that holds what it says. */
  Path log(Path folder) {
    return folder.resolve(file + ".log");
  }
}
