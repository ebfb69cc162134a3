package dev.concordat.examples.services;

import com.zaxxer.hikari.HikariDataSource;
import dev.concordat.examples.db.Pools;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * The program that is a service, in a process of its own: it prints {@code ready} and its port,
 * obeys the commands it reads, and ends when there is nobody left to read from.
 */
public final class Services {

  private static final int CONNECTIONS = 12;

  private static final Map<String, ServicePlan> ALL =
      Map.of(
          "orders", Orders.plan(),
          "payments", Payments.plan(),
          "inventory", Inventory.plan(),
          "flights", Bookings.plan("flights", "book flight", "cancel flight", 1_000_000),
          "hotels", Bookings.plan("hotels", "book hotel", "cancel hotel", 0),
          "cars", Bookings.plan("cars", "rent car", "return car", 1_000_000),
          "accounts", Accounts.plan(),
          "gateway", Gateway.plan(),
          "mail", Mail.plan());

  private Services() {}

  /** The path at which a service serves a step or compensation. */
  public static String path(String step) {
    return ServicePlan.path(step);
  }

  static ServicePlan plan(String name) {
    ServicePlan plan = ALL.get(name);
    if (plan == null) {
      throw new IllegalArgumentException("no service is named " + name);
    }
    return plan;
  }

  /**
   * Runs a service.
   *
   * @param args the service's name and the address of its database
   */
  public static void main(String[] args) throws IOException, SQLException {
    // Small answers go out at once instead of waiting for the caller's acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    ServicePlan plan = plan(args[0]);
    try (HikariDataSource database = Pools.open(args[1], CONNECTIONS);
        Service service = Service.start(plan, database)) {
      System.out.println("ready " + service.port());
      obey(service);
    }
  }

  private static void obey(Service service) throws IOException {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.startsWith("refuse ")) {
        service.refuse(List.of(line.substring("refuse ".length())));
      } else if (line.equals("accept")) {
        service.refuse(List.of());
      } else if (line.equals("forget keys")) {
        service.forgetKeys();
      }
      System.out.println("ok");
    }
  }
}
