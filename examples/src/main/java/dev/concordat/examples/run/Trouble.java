package dev.concordat.examples.run;

import dev.concordat.test.LossyProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What befalls databases in the middle of the runs: a server's death, a network that is cut. */
final class Trouble implements AutoCloseable {

  private static final Duration LENGTH = Duration.ofSeconds(1);

  private enum Phase {
    AHEAD,
    UNDER_WAY,
    OVER
  }

  private final AtomicStage stage;
  private final Options options;
  private final Watcher watcher;
  private final List<LossyProxy> proxies = new ArrayList<>();
  private Phase phase;
  private long since;

  Trouble(AtomicStage stage, Options options, Watcher watcher) {
    this.stage = stage;
    this.options = options;
    this.watcher = watcher;
    this.phase = options.databases().isTroubled() ? Phase.AHEAD : Phase.OVER;
    options.databases().cut().ifPresent(name -> proxies.add(stage.home(name).proxy()));
  }

  /** Where a coordinator finds the databases: one of them behind what can be cut. */
  List<String> urls() {
    return stage.scenario().databases().stream().map(this::url).toList();
  }

  private String url(String name) {
    String url = stage.url(name);
    return options.databases().cut().filter(name::equals).isPresent()
        ? proxies.getFirst().through(url)
        : url;
  }

  /** Does what is due now that so many are answered. Returns whether it is over. */
  boolean look(int answered) {
    if (phase == Phase.AHEAD && answered >= options.runs() / 2) {
      begin();
    } else if (phase == Phase.UNDER_WAY && System.nanoTime() - since >= LENGTH.toNanos()) {
      end();
    }
    return phase == Phase.OVER;
  }

  private void begin() {
    options
        .databases()
        .kill()
        .ifPresent(name -> {
          stage.server(name).kill();
          watcher.news("Killed the server of " + name + " with SIGKILL.");
        });
    options
        .databases()
        .cut()
        .ifPresent(name -> {
          proxies.forEach(LossyProxy::part);
          watcher.news("Cut the network between the coordinator and " + name + ".");
        });
    since = System.nanoTime();
    phase = Phase.UNDER_WAY;
  }

  /** Mends what is broken, whatever the time. */
  void end() {
    if (phase != Phase.UNDER_WAY) {
      return;
    }
    phase = Phase.OVER;
    options
        .databases()
        .kill()
        .ifPresent(name -> {
          stage.server(name).restart();
          watcher.news("The server of " + name + " runs again.");
        });
    options
        .databases()
        .cut()
        .ifPresent(name -> {
          proxies.forEach(LossyProxy::heal);
          watcher.news("The network to " + name + " is mended.");
        });
  }

  @Override
  public void close() {
    end();
    proxies.forEach(LossyProxy::close);
  }
}
