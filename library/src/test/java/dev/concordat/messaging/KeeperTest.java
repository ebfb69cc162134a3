package dev.concordat.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.Bytes;
import dev.concordat.core.NotNowException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.EngineConfig;
import dev.concordat.engine.platform.SystemPlatform;
import dev.concordat.store.Inbox;
import dev.concordat.store.MemoryStore;
import dev.concordat.store.Outbox;
import dev.concordat.store.Store;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: what need not be remembered is cleared away as fast as it comes, whatever else fails.
 * Method: one round of tidying over a store in memory that has several portions of it.
 */
class KeeperTest {

  private static final int MANY = 25_000;

  private static MemoryStore filled() throws Exception {
    MemoryStore store = new MemoryStore(InstantSource.system());
    store
        .transactions()
        .run(
            "key",
            tx -> {
              for (int i = 0; i < MANY; i++) {
                store.inbox().note(tx, "billing", "m" + i, Bytes.EMPTY);
              }
              return true;
            });
    return store;
  }

  private static void tidy(Store store) {
    Engine engine =
        new Engine(
            store, new SystemPlatform(), EngineConfig.DEFAULT.withListens(false), List.of(), false);
    new Keeper(engine, Duration.ofSeconds(-1), false).tidy();
  }

  private static int left(Inbox inbox) {
    return inbox.forget(Duration.ofSeconds(-1), MANY);
  }

  @Test
  void allThatIsOldGoesInOneRound() throws Exception {
    MemoryStore store = filled();
    tidy(store);
    assertThat(left(store.inbox())).isZero();
  }

  @Test
  void whatFailsDoesNotKeepTheRestFromGoing() throws Exception {
    MemoryStore store = filled();
    tidy(withoutOutbox(store));
    assertThat(left(store.inbox())).isZero();
  }

  @Test
  void nothingGoesThatSomebodyAskedToRemember() throws Exception {
    MemoryStore store = filled();
    store.inbox().remember(Duration.ofHours(1));
    tidy(store);
    assertThat(left(store.inbox())).isEqualTo(MANY);
  }

  /** The same store, whose outbox does not answer. */
  private static Store withoutOutbox(Store store) {
    Outbox dead =
        (Outbox)
            Proxy.newProxyInstance(
                Outbox.class.getClassLoader(),
                new Class<?>[] {Outbox.class},
                (self, method, arguments) -> {
                  throw new NotNowException("the outbox does not answer");
                });
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (self, method, arguments) -> {
              try {
                return method.getName().equals("outbox") ? dead : method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            });
  }
}
