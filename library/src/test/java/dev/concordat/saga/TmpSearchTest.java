package dev.concordat.saga;

import org.junit.jupiter.api.Test;

class TmpSearchTest {
  @Test
  void quick() {
    Sketches.all().stream()
        .filter(s -> s.name().contains("command"))
        .forEach(s -> {
          long t = System.nanoTime();
          Explorer.Found f = new Explorer(s, SagaMachine::decide, 300_000).search();
          System.out.println(f + " " + (System.nanoTime() - t) / 1_000_000 + " ms");
        });
  }
}
