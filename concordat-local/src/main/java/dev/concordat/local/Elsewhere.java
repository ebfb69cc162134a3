package dev.concordat.local;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A server that somebody else started and will end; the environment says where it is.
 *
 * @param variable the variable of the environment that names it
 * @param address as the variable gives it
 */
record Elsewhere(Product product, String variable, String address) implements Life {

  /** The server that an environment names, if it names one. */
  static Optional<Elsewhere> in(Map<String, String> environment, Product product, String variable) {
    return Optional.ofNullable(environment.get(variable))
        .map(String::strip)
        .filter(address -> !address.isEmpty())
        .map(address -> new Elsewhere(product, variable, address));
  }

  private LocalServerException refused(String what) {
    return new LocalServerException(
        variable
            + " names a "
            + product.name()
            + " that this program did not start, so it cannot "
            + what
            + ": unset the variable to have a server of its own.");
  }

  @Override
  public int port() {
    throw refused("tell its port");
  }

  @Override
  public Path folder() {
    throw refused("tell its folder");
  }

  @Override
  public long pid() {
    throw refused("tell its process");
  }

  @Override
  public boolean isRunning() {
    throw refused("see its process");
  }

  @Override
  public void kill() {
    throw refused("kill it");
  }

  @Override
  public void stop() {
    throw refused("stop it");
  }

  @Override
  public void restart() {
    throw refused("restart it");
  }

  /** It was there before and stays. */
  @Override
  public void close() {}
}
