package dev.concordat.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What coordinators said that their callers were answered. */
final class Answers {

  private final Map<String, List<String>> given = new ConcurrentHashMap<>();
  private final List<String> errors = new ArrayList<>();
  private final AtomicLong done = new AtomicLong();
  private final AtomicInteger recovered = new AtomicInteger();
  private final AtomicInteger deadlocks = new AtomicInteger();

  /** Takes a line of a coordinator. */
  void take(String line) {
    String[] words = line.split(" ", 3);
    switch (words[0]) {
      case TransferProgram.BEGUN -> given.put(words[1], new ArrayList<>());
      case TransferProgram.ANSWER -> answered(words[1], words[2]);
      case TransferProgram.RECOVERED -> recovered.incrementAndGet();
      case TransferProgram.DEADLOCK -> deadlocks.incrementAndGet();
      default -> {
        synchronized (errors) {
          errors.add(line);
        }
      }
    }
  }

  private void answered(String id, String answer) {
    List<String> all = given.getOrDefault(id, new ArrayList<>());
    synchronized (all) {
      all.add(answer);
    }
    if (answer.equals("DONE")) {
      done.incrementAndGet();
    }
  }

  long done() {
    return done.get();
  }

  int recovered() {
    return recovered.get();
  }

  List<String> errors() {
    synchronized (errors) {
      return List.copyOf(errors);
    }
  }

  /** Done is there, Refused is not; who was answered neither may find it or not. */
  void assertTrue(Set<String> there) {
    List<String> lies = new ArrayList<>();
    given.forEach((id, all) -> {
      String last = all.isEmpty() ? "" : all.getLast();
      boolean isThere = there.contains(id);
      if (last.equals("DONE") && !isThere || last.startsWith("REFUSED") && isThere) {
        lies.add(id + (isThere ? " is there: " : " is not there: ") + all);
      }
    });
    assertThat(lies).as("answers that are not true").isEmpty();
    assertThat(given.keySet()).containsAll(there);
  }

  String summary() {
    int[] counts = new int[4];
    given
        .values()
        .forEach(all -> {
          String last = all.isEmpty() ? "" : all.getLast();
          counts[last.equals("DONE") ? 0 : last.startsWith("REFUSED") ? 1 : 2]++;
          counts[3] += all.stream().anyMatch(one -> one.startsWith("UNKNOWN")) ? 1 : 0;
        });
    return "%d done, %d refused, %d never answered, %d once unknown, %d recovered, %d deadlocks"
        .formatted(counts[0], counts[1], counts[2], counts[3], recovered(), deadlocks.get());
  }
}
