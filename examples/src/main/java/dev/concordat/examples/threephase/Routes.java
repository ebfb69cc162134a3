package dev.concordat.examples.threephase;

import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Where services are, seen from one process: what a name service would say. So a cut can lie
 * between some processes and not between others.
 */
final class Routes implements UnaryOperator<String> {

  /** What a line begins with that tells routes. */
  static final String ROUTES = "routes";

  private volatile Map<String, String> ports = Map.of();

  /** The address of a service in plans, which is the same for all. */
  static String address(String service) {
    return "http://" + service + "/";
  }

  /** A line that tells them. */
  static String line(Map<String, Integer> ports) {
    StringBuilder line = new StringBuilder(ROUTES);
    ports.forEach((service, port) -> line.append(' ').append(service).append('=').append(port));
    return line.toString();
  }

  /** Reads such a line. */
  void learn(String line) {
    Map<String, String> read = new TreeMap<>();
    for (String pair : line.substring(ROUTES.length()).strip().split(" ")) {
      int at = pair.indexOf('=');
      read.put(pair.substring(0, at), pair.substring(at + 1));
    }
    ports = read;
  }

  @Override
  public String apply(String address) {
    return "http://127.0.0.1:" + ports.getOrDefault(URI.create(address).getHost(), "1") + "/";
  }
}
