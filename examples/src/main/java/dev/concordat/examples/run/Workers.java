package dev.concordat.examples.run;

import dev.concordat.examples.process.Child;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Worker processes: those that work, and those that wait for a job. */
final class Workers implements AutoCloseable {

  private final Path folder;
  private final Deque<Child> waiting = new ArrayDeque<>();
  private final List<Child> working = new ArrayList<>();
  private boolean closed;

  Workers(Path folder) {
    this.folder = folder;
  }

  /** Starts a process that will wait for a job. */
  synchronized void prepare() {
    if (!closed && waiting.isEmpty()) {
      waiting.add(Child.start("worker", folder, Worker.class));
    }
  }

  /** A process that is ready to be given a job. */
  Child take() {
    prepare();
    Child worker = next();
    String said = worker.hear(Stage.PATIENCE);
    if (!said.equals(Worker.READY)) {
      throw new IllegalStateException("the worker said '" + said + "' instead of being ready");
    }
    return worker;
  }

  private synchronized Child next() {
    Child worker = waiting.remove();
    working.add(worker);
    return worker;
  }

  /** Takes a worker back that has closed its job. */
  synchronized void release(Child worker) {
    working.remove(worker);
    worker.close();
  }

  synchronized void forget(Child worker) {
    working.remove(worker);
  }

  @Override
  public synchronized void close() {
    closed = true;
    working.forEach(Child::kill);
    waiting.forEach(Child::kill);
  }
}
