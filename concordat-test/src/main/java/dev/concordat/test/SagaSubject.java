package dev.concordat.test;

import dev.concordat.engine.Engine;
import dev.concordat.engine.Script;
import dev.concordat.json.JsonCodec;
import dev.concordat.saga.Around;
import dev.concordat.saga.Operator;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.SagaHandle;
import dev.concordat.saga.SagaListener;
import dev.concordat.saga.Sagas;
import dev.concordat.saga.Story;
import dev.concordat.store.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A saga that is crash-tested.
 *
 * @param sagas itself and its children
 * @param around something around the fault points of user code, or null
 * @param afterStart what a client does after the start, or null
 */
record SagaSubject<S>(
    Saga<S> saga,
    S input,
    List<Saga<?>> sagas,
    List<SagaListener> listeners,
    @Nullable UnaryOperator<Around> around,
    @Nullable Consumer<SagaHandle<S>> afterStart)
    implements Subject {

  static final int MAX_STATE = 1024 * 1024;
  private static final String REPLIES = "replies";

  @Override
  public String name() {
    return saga.name();
  }

  @Override
  public List<String> steps() {
    return List.copyOf(saga.steps());
  }

  @Override
  public Registered registered(@Nullable FaultPoints points) {
    return points == null
        ? new Definitions(List.of(), Around.NOTHING)
        : new Definitions(listeners, around == null ? points : around.apply(points));
  }

  @Override
  public List<SagaEvent> events(Entry entry) {
    return Story.events(entry);
  }

  @Override
  public boolean rests(Object event) {
    return event instanceof SagaEvent.Completed
        || event instanceof SagaEvent.Compensated
        || event instanceof SagaEvent.AttentionNeeded;
  }

  @Override
  public List<String> broken(CaseResult result) {
    return SagaLaws.broken(result);
  }

  private final class Definitions implements Registered {
    private final Sagas registry;
    private @Nullable Engine engine;

    Definitions(List<SagaListener> hearing, Around calls) {
      this.registry = new Sagas(sagas, new JsonCodec(), MAX_STATE, Map.of(), hearing, calls);
      registry.repliesTo(REPLIES);
    }

    @Override
    public List<? extends Script<?, ?, ?, ?>> scripts() {
      return registry.scripts();
    }

    @Override
    public void drivenBy(Engine driver) {
      engine = driver;
      registry.drivenBy(driver);
    }

    @Override
    public void start(String id) {
      var unused = registry.start(saga, id, input, null);
    }

    @Override
    public void run(String id, Duration patience) {
      var unused = registry.run(saga, id, input, patience);
    }

    @Override
    public @Nullable Runnable afterStart(String id) {
      return Optional.ofNullable(afterStart)
          .map(action -> (Runnable) () -> action.accept(registry.find(saga, id)))
          .orElse(null);
    }

    @Override
    public String why(String id) {
      return new Operator(Objects.requireNonNull(engine)).show(id).why();
    }
  }
}
