package dev.concordat.test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One run: a situation, and at most one fault for each worker's life.
 *
 * @param situation which steps fail
 * @param faults the first worker's, the second's, and so on
 */
record Case(Situation situation, List<Fault> faults) {

  private static final String SEPARATOR = " | ";

  Case {
    faults = List.copyOf(faults);
  }

  static Case without(Situation situation) {
    return new Case(situation, List.of());
  }

  Case and(Fault fault) {
    List<Fault> more = new ArrayList<>(faults);
    more.add(fault);
    return new Case(situation, more);
  }

  static Case parse(String name) {
    String[] parts = name.split(" \\| ", -1);
    return new Case(
        Situation.parse(parts[0]), Arrays.stream(parts).skip(1).map(Fault::parse).toList());
  }

  /** What {@code only} takes. */
  String name() {
    return situation
        + faults.stream().map(fault -> SEPARATOR + fault).collect(Collectors.joining());
  }
}
