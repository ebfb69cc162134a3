package dev.concordat.test;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every shape of saga survives every fault at every point, and every two crashes, in memory (P1–P6,
 * P10, P11): crash enumeration over generated fault points, with laws as oracles.
 */
class MemoryCrashTest {

  @ParameterizedTest
  @EnumSource(Shape.class)
  void endsWholeWhereverItCrashes(Shape shape) {
    CrashTest<Job> test = shape.over(Books.inMemory());
    if (shape != Shape.DEADLINE) {
      test.pairs();
    }

    System.out.println("memory " + test.run());
  }
}
