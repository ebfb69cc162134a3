package dev.concordat.test;

import dev.concordat.core.RefusedException;

/** The business refuses, says the harness. */
final class Refusal extends RefusedException {
  private static final long serialVersionUID = 1L;

  Refusal() {
    super("injected: the business refuses");
  }
}
