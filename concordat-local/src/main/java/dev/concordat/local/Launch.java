package dev.concordat.local;

import java.util.List;
import java.util.Map;

/**
 * How a server is started.
 *
 * @param account who runs it
 * @param command the server with its arguments; it must not leave its process for another
 * @param environment what is added to the plain environment
 */
record Launch(Account account, List<String> command, Map<String, String> environment) {
  Launch {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }
}
