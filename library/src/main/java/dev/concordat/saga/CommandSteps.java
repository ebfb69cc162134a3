package dev.concordat.saga;

import dev.concordat.core.CommandHeaders;
import dev.concordat.core.Payload;
import dev.concordat.core.Reply;
import dev.concordat.engine.Instance;
import dev.concordat.runner.States;
import dev.concordat.saga.SagaPlan.StepPlan;
import dev.concordat.saga.SagaStimulus.StepResult;
import dev.concordat.store.NewMessage;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/** Sends commands, each in one transaction with its journal entry, and takes replies. */
final class CommandSteps<S> {

  private final Saga<S> saga;
  private final States<S> states;
  private final Moments moments;
  private final LocalSteps<S> local;
  private final Dispatch dispatch;

  CommandSteps(
      Saga<S> saga, States<S> states, Moments moments, LocalSteps<S> local, Dispatch dispatch) {
    this.saga = saga;
    this.states = states;
    this.moments = moments;
    this.local = local;
    this.dispatch = dispatch;
  }

  List<SagaAction> send(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      String step,
      int attempt,
      boolean compensating) {
    List<SagaAction> next =
        local.perform(instance, new Sending(instance, step, attempt, compensating));
    dispatch.committed();
    return next;
  }

  private final class Sending implements LocalSteps.Work {
    private final Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance;
    private final StepPlan plan;
    private final int attempt;
    private final boolean compensating;

    Sending(
        Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
        String step,
        int attempt,
        boolean compensating) {
      this.instance = instance;
      this.plan = saga.plan().step(step);
      this.attempt = attempt;
      this.compensating = compensating;
    }

    @Override
    public String step() {
      return plan.name();
    }

    @Override
    public int attempt() {
      return attempt;
    }

    @Override
    public boolean compensating() {
      return compensating;
    }

    /** The step's own time-out is for the reply, which may take days. */
    @Override
    public Duration timeout() {
      return StepDraft.TIMEOUT;
    }

    @Override
    public Function<Instant, SagaStimulus> run(Connection connection) throws Exception {
      S state = states.decode(instance.state().dataIn(saga.plan().branchOf(step())));
      Call call = Calls.of(saga, instance, plan, attempt, compensating);
      Around.Site site =
          new Around.Site(
              SagaRunner.moment(instance, saga),
              step(),
              compensating ? Around.Kind.COMPENSATION : Around.Kind.STEP,
              attempt,
              null);
      Command command = moments.call(site, () -> code().apply(state, call));
      instance.engine().store().outbox().append(connection, List.of(message(command, call)));
      return now -> new SagaStimulus.Sent(now, step(), attempt, compensating);
    }

    private CommandAction<S> code() {
      StepCode<S> code = saga.code(step());
      return compensating
          ? Objects.requireNonNull(code.commandUndo())
          : Objects.requireNonNull(code.command()).make();
    }

    private NewMessage message(Command command, Call call) {
      Map<String, String> headers = new TreeMap<>(command.headers());
      headers.put(CommandHeaders.SAGA, call.instance());
      headers.put(CommandHeaders.STEP, call.step());
      headers.put(CommandHeaders.KEY, call.key());
      headers.put(
          CommandHeaders.KIND, compensating ? CommandHeaders.COMPENSATE : CommandHeaders.DO);
      headers.put(CommandHeaders.ATTEMPT, Integer.toString(attempt));
      int forgiven = instance.state().of(step()).forgiven();
      if (forgiven > 0) {
        headers.put(CommandHeaders.ANEW, Integer.toString(forgiven));
      }
      headers.put(CommandHeaders.REPLY_TO, dispatch.replyTo());
      headers.put("traceparent", call.traceparent());
      return new NewMessage(
          instance.engine().platform().uuid(),
          command.topic(),
          Objects.requireNonNullElse(command.key(), call.instance()),
          false,
          command.type(),
          headers,
          command.payload(),
          null);
    }

    @Override
    public boolean isWanted(SagaState state) {
      StepState now = state.of(step());
      StepState.Phase sending =
          compensating ? StepState.Phase.COMPENSATION_RUNNING : StepState.Phase.RUNNING;
      return now.phase() == sending && now.attempts() == attempt;
    }
  }

  List<SagaAction> take(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      SagaAction.TakeReply action) {
    return instance.deliver(taken(instance, action));
  }

  private SagaStimulus taken(
      Instance<SagaState, SagaStimulus, SagaEvent, SagaAction> instance,
      SagaAction.TakeReply action) {
    String step = action.step();
    Instant now = instance.engine().now();
    StepCode<S> code = saga.code(step);
    try {
      Payload before = instance.state().dataIn(saga.plan().branchOf(step));
      Reply reply = ReplyBody.reply(action.reply());
      S after = Objects.requireNonNull(code.command()).take().apply(states.decode(before), reply);
      StepResult result = new StepResult(step, false, states.encodeIfChanged(before, after));
      return new SagaStimulus.Succeeded(now, action.attempt(), List.of(result));
    } catch (RuntimeException | Error e) {
      return new SagaStimulus.Failed(
          now,
          step,
          action.attempt(),
          Failures.of(e, saga.plan().step(step), code, false),
          instance.engine().platform().random());
    }
  }

  /** The reply with what the saga's author declared about its type. */
  SagaStimulus.Request.Replied judged(SagaStimulus.Request.Replied reply) {
    StepPlan step = saga.plan().find(reply.step());
    StepCode.CommandCode<S> code = step == null ? null : saga.code(step.name()).command();
    if (reply.refused() || code == null || !code.refusedBy().contains(reply.type())) {
      return reply;
    }
    return new SagaStimulus.Request.Replied(
        reply.step(),
        reply.attempt(),
        reply.compensating(),
        reply.type(),
        true,
        false,
        "the reply is " + reply.type(),
        reply.headers(),
        reply.body(),
        reply.base64());
  }
}
