package dev.concordat.examples;

import java.util.List;

/**
 * A business case that runs for real: services with databases of their own, and the laws that must
 * hold whatever fails on the way.
 */
public sealed interface Scenario
    permits SagaScenario, PeerScenario, AtomicScenario, Transfer3pcScenario, HoldScenario {

  /** What it is called on the command line. */
  String name();

  /** The pattern it shows. */
  String pattern();

  /** What happens, in one sentence. */
  String sentence();

  /** The names of its steps, in order. */
  List<String> steps();

  /** What must hold when every instance has ended. */
  List<Law> laws();
}
