package dev.concordat.postgres;

import dev.concordat.store.Write;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What happened in one interleaving, with the order in which commits began and ended. */
final class Facts {

  /** Something that was committed between two ticks. */
  sealed interface Fact {
    long from();

    long to();

    Fact between(long from, long to);
  }

  record Claimed(long no, long token, long from, long to) implements Fact {
    @Override
    public Fact between(long began, long ended) {
      return new Claimed(no, token, began, ended);
    }
  }

  record Wrote(Write write, Write.Result result, long from, long to) implements Fact {
    @Override
    public Fact between(long began, long ended) {
      return new Wrote(write, result, began, ended);
    }

    boolean accepted() {
      return result == Write.Result.ACCEPTED;
    }
  }

  final List<String> errors = Collections.synchronizedList(new ArrayList<>());
  final AtomicInteger posted = new AtomicInteger();
  private final List<Fact> all = Collections.synchronizedList(new ArrayList<>());
  private final List<String> story = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong ticks = new AtomicLong();

  long tick() {
    return ticks.incrementAndGet();
  }

  void add(Fact fact) {
    all.add(fact);
  }

  void said(String what) {
    story.add(what);
  }

  List<Claimed> claims(long no) {
    return of(Claimed.class).stream().filter(claim -> claim.no() == no).toList();
  }

  List<Wrote> writes(long no) {
    return of(Wrote.class).stream().filter(wrote -> wrote.write().no() == no).toList();
  }

  private <T extends Fact> List<T> of(Class<T> type) {
    return List.copyOf(all).stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Override
  public String toString() {
    return String.join("\n", story) + "\n" + all + "\n" + errors;
  }
}
