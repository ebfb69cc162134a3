package dev.concordat.atomic;

import dev.concordat.engine.platform.Platform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks several databases the same, each in a thread of its own: one that says nothing holds up
 * nobody but itself, and is not asked again before it has answered or its connection broke.
 *
 * @param <T> what is answered
 */
final class SideBySide<T> {

  private static final Logger LOG = LoggerFactory.getLogger(SideBySide.class);

  private final Platform platform;
  private final String name;
  private final List<Site> sites;
  private final Function<Site, T> question;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();
  private final Set<Site> asked = new HashSet<>();
  private final Set<Site> failing = ConcurrentHashMap.newKeySet();
  private final Map<Site, T> answers = new HashMap<>();

  /**
   * @param name what its threads are called
   * @param question what is asked; may block
   */
  SideBySide(Platform platform, String name, Collection<Site> sites, Function<Site, T> question) {
    this.platform = platform;
    this.name = name;
    this.sites = List.copyOf(sites);
    this.question = question;
  }

  /**
   * Asks all that are not being asked yet.
   *
   * @param patience how long to wait for those that have not answered
   * @return what was answered since the last time, without those that have not
   */
  Map<Site, T> ask(Duration patience) throws InterruptedException {
    for (Site site : free()) {
      platform.start(name + "-" + site.place().name(), () -> ask(site));
    }
    lock.lockInterruptibly();
    try {
      long left = patience.toNanos();
      while (!asked.isEmpty() && left > 0) {
        left = answered.awaitNanos(left);
      }
      Map<Site, T> now = new HashMap<>(answers);
      answers.clear();
      return now;
    } finally {
      lock.unlock();
    }
  }

  private List<Site> free() {
    lock.lock();
    try {
      List<Site> free = new ArrayList<>(sites);
      free.removeAll(asked);
      asked.addAll(free);
      return free;
    } finally {
      lock.unlock();
    }
  }

  private void ask(Site site) {
    Map<Site, T> answer = new HashMap<>();
    try {
      answer.put(site, question.apply(site));
    } catch (RuntimeException | Error e) {
      failed(site, e);
    } finally {
      end(site, answer);
    }
  }

  /** Said once, for it is done again and again. */
  private void failed(Site site, Throwable e) {
    if (failing.add(site)) {
      LOG.warn("What {} does in {} failed, and is tried on.", name, site.place(), e);
    }
  }

  private void end(Site site, Map<Site, T> answer) {
    lock.lock();
    try {
      answers.putAll(answer);
      asked.remove(site);
      answered.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
