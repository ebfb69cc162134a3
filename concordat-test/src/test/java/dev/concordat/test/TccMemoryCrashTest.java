package dev.concordat.test;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every shape of transaction of try, confirm and cancel survives every fault at every point, and
 * every two crashes, in memory (P1–P4, P6, P7, P10, P11): crash enumeration over generated fault
 * points, with laws as oracles.
 */
class TccMemoryCrashTest {

  @ParameterizedTest
  @EnumSource(TccShape.class)
  void endsWholeWhereverItCrashes(TccShape shape) {
    System.out.println("memory " + shape.over(Vault.over(Books.inMemory())).pairs().run());
  }
}
