package dev.concordat.examples.threephase;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The ways between the coordinator and the services. One service is on the coordinator's side; a
 * cut separates these two from the others.
 */
public final class Network implements AutoCloseable {

  private static final String OURS = Transfers.SERVICES.getFirst();

  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, Cut> ways = new LinkedHashMap<>();

  /** A service listens on that port. */
  public void add(String service, int port) {
    ports.put(service, port);
    ways.put(service, Cut.before(port));
  }

  /** Where that service listens. */
  public int port(String service) {
    return Objects.requireNonNull(ports.get(service));
  }

  /** The line that tells a service where the others are. */
  public String routesOf(String service) {
    return Routes.line(seenFrom(service.equals(OURS)));
  }

  /** Where services are, seen from the coordinator. */
  public Map<String, Integer> routesOfCoordinator() {
    return seenFrom(true);
  }

  private Map<String, Integer> seenFrom(boolean ours) {
    Map<String, Integer> seen = new LinkedHashMap<>();
    ports.forEach((service, port) -> {
      boolean sameSide = service.equals(OURS) == ours;
      seen.put(service, sameSide ? port : Objects.requireNonNull(ways.get(service)).port());
    });
    return seen;
  }

  /** Cuts the two sides off from each other. */
  public void part() {
    ways.values().forEach(Cut::part);
  }

  /** Lets them talk again. */
  public void heal() {
    ways.values().forEach(Cut::heal);
  }

  @Override
  public void close() {
    ways.values().forEach(Cut::close);
  }
}
