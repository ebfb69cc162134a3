package dev.concordat.examples;

import dev.concordat.core.RefusedException;
import dev.concordat.http.Http;
import dev.concordat.saga.LocalAction;
import java.util.Map;

/**
 * What a scenario's saga finds around it.
 *
 * @param addresses where each service listens
 * @param refused the step that is to be refused, or an empty text; only local steps look at it,
 *     services are told on their own
 */
public record Surroundings(Map<String, String> addresses, String refused) {

  private static final Http HTTP = new Http();

  /** Enough to look at a saga, not to run it. */
  public static final Surroundings NOWHERE = new Surroundings(Map.of(), "");

  /** Copies the addresses. */
  public Surroundings {
    addresses = Map.copyOf(addresses);
  }

  /** A service, as a saga calls it. */
  public Remote service(String name) {
    return new Remote(HTTP, addresses.getOrDefault(name, "http://127.0.0.1:1"));
  }

  /** The local step, which refuses if it was told to. */
  public <S> LocalAction<S> local(String step, LocalAction<S> action) {
    return (tx, state) -> {
      if (step.equals(refused)) {
        throw new RefusedException("'" + step + "' was told to refuse");
      }
      return action.apply(tx, state);
    };
  }
}
