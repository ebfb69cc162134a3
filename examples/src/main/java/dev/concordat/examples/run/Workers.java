package dev.concordat.examples.run;

import dev.concordat.examples.process.Child;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Processes: those that work, those that wait for a job, and those still starting. */
final class Workers implements AutoCloseable {

  private final Path folder;
  private final String name;
  private final Class<?> main;
  private final Deque<Child> starting = new ArrayDeque<>();
  private final Deque<Child> waiting = new ArrayDeque<>();
  private final List<Child> working = new ArrayList<>();
  private boolean closed;

  Workers(Path folder, String name, Class<?> main) {
    this.folder = folder;
    this.name = name;
    this.main = main;
  }

  /** Sees to it that a process will be there when the next job comes. */
  synchronized void prepare() {
    prepare(1);
  }

  /** The same for so many jobs. */
  synchronized void prepare(int jobs) {
    while (!closed && waiting.size() + starting.size() < jobs) {
      starting.add(Child.start(name, folder, main));
    }
  }

  /** A process that is ready to be given a job. */
  synchronized Child take() {
    prepare();
    if (waiting.isEmpty()) {
      Child worker = starting.remove();
      working.add(worker);
      expectReady(worker.hear(SagaStage.PATIENCE));
      return worker;
    }
    Child worker = waiting.remove();
    working.add(worker);
    return worker;
  }

  private static void expectReady(String said) {
    if (!said.equals(Worker.READY)) {
      throw new IllegalStateException("the worker said '" + said + "' instead of being ready");
    }
  }

  /** Takes a worker back that has closed its job. */
  synchronized void release(Child worker) {
    working.remove(worker);
    waiting.add(worker);
  }

  /** A worker that is dead. */
  synchronized void forget(Child worker) {
    working.remove(worker);
  }

  @Override
  public synchronized void close() {
    closed = true;
    working.forEach(Child::kill);
    waiting.forEach(Child::kill);
    starting.forEach(Child::kill);
  }
}
