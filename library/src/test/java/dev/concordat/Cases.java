package dev.concordat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs cases that know nothing of each other, some at once. */
final class Cases {

  private static final int AT_ONCE = 6;

  private Cases() {}

  /** How many of them answer true. The first that fails fails them all. */
  static int countTrue(List<Callable<Boolean>> cases) {
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<Future<Boolean>> all = new ArrayList<>();
      cases.forEach(one -> all.add(threads.submit(one)));
      int count = 0;
      for (Future<Boolean> one : all) {
        count += answer(one, threads) ? 1 : 0;
      }
      return count;
    }
  }

  private static boolean answer(Future<Boolean> one, ExecutorService threads) {
    try {
      return one.get();
    } catch (ExecutionException e) {
      threads.shutdownNow();
      throw new AssertionError(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
