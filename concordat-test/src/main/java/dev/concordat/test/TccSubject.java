package dev.concordat.test;

import dev.concordat.engine.Engine;
import dev.concordat.engine.Script;
import dev.concordat.json.JsonCodec;
import dev.concordat.store.Entry;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccAround;
import dev.concordat.tcc.TccEvent;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccStory;
import dev.concordat.tcc.Tccs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A transaction of try, confirm and cancel that is crash-tested.
 *
 * @param around something around the fault points of user code, or null
 */
record TccSubject<S>(Tcc<S> tcc, S input, @Nullable UnaryOperator<TccAround> around)
    implements Subject {

  @Override
  public String name() {
    return tcc.name();
  }

  @Override
  public List<String> steps() {
    return List.copyOf(tcc.branches());
  }

  @Override
  public Registered registered(@Nullable FaultPoints points) {
    if (points == null) {
      return new Definitions(TccAround.NOTHING);
    }
    TccAround faulty = new Faulty(points);
    return new Definitions(around == null ? faulty : around.apply(faulty));
  }

  @Override
  public List<TccEvent> events(Entry entry) {
    return TccStory.events(entry);
  }

  @Override
  public boolean rests(Object event) {
    return event instanceof TccEvent.Confirmed
        || event instanceof TccEvent.Cancelled
        || event instanceof TccEvent.AttentionNeeded;
  }

  @Override
  public List<String> broken(CaseResult result) {
    return TccLaws.broken(result);
  }

  /** A participant refuses with an answer, and nothing but a try. */
  private record Faulty(FaultPoints points) implements TccAround {

    @Override
    public TccAnswer ask(Site site, Callable<TccAnswer> participant) throws Exception {
      try {
        return points.call(CallSite.of(site), participant);
      } catch (Refusal e) {
        if (site.operation() != TccOperation.TRY) {
          throw e;
        }
        return new TccAnswer.Refused(TccAnswer.Code.REFUSED, String.valueOf(e.getMessage()));
      }
    }

    @Override
    public void run(Site site, Callable<?> code) throws Exception {
      points.call(CallSite.of(site), code);
    }
  }

  private final class Definitions implements Registered {
    private final Tccs registry;
    private @Nullable Engine engine;

    Definitions(TccAround calls) {
      this.registry =
          new Tccs(
              List.of(tcc),
              new JsonCodec(),
              new JsonCodec(),
              SagaSubject.MAX_STATE,
              Map.of(),
              List.of(),
              calls);
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
      var unused = registry.start(tcc, id, input, null);
    }

    @Override
    public void run(String id, Duration patience) {
      var unused = registry.run(tcc, id, input, patience);
    }

    @Override
    public @Nullable Runnable afterStart(String id) {
      return null;
    }

    @Override
    public String why(String id) {
      return TccStory.of(Objects.requireNonNull(engine), id).map(TccStory::why).orElse("");
    }
  }
}
