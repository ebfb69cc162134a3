package dev.concordat.local;

import java.util.List;
import java.util.function.Predicate;

/**
 * A start that came to nothing, with what the server said about it.
 *
 * @param state how it looked from outside
 * @param log what the server wrote from this start on
 */
record StartFailure(Recipe recipe, int port, String state, String log) {
  private static final int LINES_SHOWN = 8;

  boolean isPortTaken() {
    return recipe.isPortTaken(log);
  }

  /** The failure in words for the person who has to do something about it. */
  LocalServerException explained() {
    if (isPortTaken()) {
      return new LocalServerException(
          "Port " + port + " is taken by another program: choose another port, or leave it open.");
    }
    return new LocalServerException(recipe.explain(log).orElseGet(this::asTheServerSaidIt));
  }

  private String asTheServerSaidIt() {
    String name = recipe.folder().product().name();
    return name + " did not start (" + state + "). It said:\n" + lastLines();
  }

  private String lastLines() {
    List<String> lines = log.lines().filter(Predicate.not(String::isBlank)).toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
  }
}
