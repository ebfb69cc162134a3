package dev.concordat.tcc;

import dev.concordat.core.Keys;
import dev.concordat.core.Payload;
import dev.concordat.core.RefusedException;
import dev.concordat.core.StateCodec;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Script;
import dev.concordat.runner.Causes;
import dev.concordat.runner.Gates;
import dev.concordat.runner.Outside;
import dev.concordat.runner.Starts;
import dev.concordat.runner.States;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The transactions of one Concordat: starts them and finds them. Used through the door. */
public final class Tccs {

  private static final String KIND = "transaction";

  private final Map<String, TccRunner<?>> runners = new LinkedHashMap<>();
  private final StateCodec codec;
  private final StateCodec json;
  private final int maxStateLength;
  private @Nullable Engine engine;

  /**
   * The given definitions.
   *
   * @param codec for states whose definition names no other
   * @param json for what participants are told, where that codec writes no JSON
   * @param maxStateLength the most characters an encoded state, or what a participant is told, may
   *     have
   * @param participants how many calls may run at once, by the names of branches
   * @param listeners who hears of every moment
   */
  public Tccs(
      List<Tcc<?>> tccs,
      StateCodec codec,
      StateCodec json,
      int maxStateLength,
      Map<String, Integer> participants,
      List<TccListener> listeners) {
    this(tccs, codec, json, maxStateLength, participants, listeners, TccAround.NOTHING);
  }

  /**
   * The given definitions.
   *
   * @param around what is around every call of a branch's code
   */
  public Tccs(
      List<Tcc<?>> tccs,
      StateCodec codec,
      StateCodec json,
      int maxStateLength,
      Map<String, Integer> participants,
      List<TccListener> listeners,
      TccAround around) {
    this.codec = codec;
    this.json = json;
    this.maxStateLength = maxStateLength;
    Outside outside = new Outside(new Gates(participants));
    TccMoments moments = new TccMoments(listeners, around);
    for (Tcc<?> tcc : tccs) {
      if (runners.put(tcc.plan().label(), made(tcc, moments, outside)) != null) {
        throw new RefusedException(
            "two transactions are "
                + tcc
                + "; give one another name or version, since the journal tells them apart by"
                + " these");
      }
    }
  }

  private <S> TccRunner<S> made(Tcc<S> tcc, TccMoments moments, Outside outside) {
    StateCodec own = tcc.codec() == null ? codec : tcc.codec();
    return new TccRunner<>(
        tcc,
        new States<>(tcc.type(), own, maxStateLength),
        new TccTexts(own, json, maxStateLength),
        moments,
        outside);
  }

  /** What the engine drives. */
  @SuppressWarnings("exports")
  public List<? extends Script<?, ?, ?, ?>> scripts() {
    return List.copyOf(runners.values());
  }

  /** Called once, before anything else. */
  @SuppressWarnings("exports")
  public void drivenBy(Engine driver) {
    this.engine = driver;
  }

  private Engine engine() {
    Engine driver = engine;
    if (driver == null) {
      throw new IllegalStateException("no engine yet");
    }
    return driver;
  }

  /** See {@code Concordat.start}. */
  public <S> TccHandle<S> start(Tcc<S> tcc, String id, S state, @Nullable String trace) {
    TccRunner<S> runner = runner(tcc);
    return handle(runner, starts().start(wanted(runner, id, state, trace)), id);
  }

  /** See {@code Concordat.start} with a connection. */
  public <S> TccHandle<S> start(
      Connection connection, Tcc<S> tcc, String id, S state, @Nullable String trace) {
    TccRunner<S> runner = runner(tcc);
    return handle(runner, starts().start(connection, wanted(runner, id, state, trace)), id);
  }

  /** See {@code Concordat.run}. */
  public <S> TccResult<S> run(Tcc<S> tcc, String id, S state, Duration patience) {
    TccRunner<S> runner = runner(tcc);
    Starts.Started<TccState> started = starts().run(wanted(runner, id, state, null));
    return started
        .end()
        .map(end -> runner.result(id, end))
        .orElseGet(() -> handle(runner, started.no(), id).await(patience));
  }

  /** See {@code Concordat.find}. */
  public <S> TccHandle<S> find(Tcc<S> tcc, String id) {
    TccRunner<S> runner = runner(tcc);
    return handle(runner, starts().find(id, KIND, runner), id);
  }

  private <S> TccHandle<S> handle(TccRunner<S> runner, long no, String id) {
    return new TccHandle<>(engine(), runner, no, id);
  }

  private Starts starts() {
    return new Starts(engine());
  }

  private <S> Starts.Wanted<TccState, TccStimulus, TccEvent, TccAction> wanted(
      TccRunner<S> runner, String id, S state, @Nullable String trace) {
    starts().requireId(id, state);
    Payload input =
        orRefused(
            id,
            "its state cannot be stored and read back",
            () -> runner.states().encodeForGood(state));
    Engine engine = engine();
    return new Starts.Wanted<>(
        runner,
        id,
        KIND,
        Keys.inputHash(runner.name(), runner.states().fingerprint(state)),
        orRefused(
            id, "its search attributes could not be made", () -> runner.tcc().attributesOf(state)),
        OptionalLong.empty(),
        new TccStimulus.Begin(
            engine.now(), input, engine.platform().uuid(), branches(runner, id, state), trace));
  }

  private static <S> List<TccEvent.Branch> branches(TccRunner<S> runner, String id, S state) {
    List<TccEvent.Branch> branches = new ArrayList<>();
    for (String branch : runner.tcc().branches()) {
      Function<S, ?> body = runner.tcc().code(branch).body();
      String text =
          body == null
              ? null
              : orRefused(
                  id,
                  "what branch '" + branch + "' is told could not be made",
                  () -> runner.texts().body(body.apply(state)));
      branches.add(new TccEvent.Branch(branch, text));
    }
    return branches;
  }

  private static <T> T orRefused(String id, String what, Callable<T> made) {
    try {
      return made.call();
    } catch (Exception e) {
      throw new RefusedException(
          "'" + id + "' was not started, because " + what + ": " + Causes.message(e), e);
    }
  }

  @SuppressWarnings("unchecked") // The runner under a label was made of that very definition.
  private <S> TccRunner<S> runner(Tcc<S> tcc) {
    TccRunner<?> runner = runners.get(tcc.plan().label());
    if (runner == null || runner.tcc() != tcc) {
      throw new RefusedException(
          "transaction "
              + tcc
              + (runner == null
                  ? " is not registered with this Concordat; add it with .tcc(…) where it is built"
                  : " is not the object that is registered under its name; build it once, and use"
                      + " that one")
              + ". Nothing was done.");
    }
    return (TccRunner<S>) runner;
  }
}
