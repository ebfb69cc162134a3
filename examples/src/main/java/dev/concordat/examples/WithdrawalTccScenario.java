package dev.concordat.examples;

import dev.concordat.Concordat;
import dev.concordat.ConcordatBuilder;
import dev.concordat.core.RetryPolicy;
import dev.concordat.examples.hold.HoldService;
import dev.concordat.examples.hold.Holding;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.http.TccHttp;
import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccAnswer;
import dev.concordat.tcc.TccCall;
import dev.concordat.tcc.TccOperation;
import dev.concordat.tcc.TccParticipant;
import dev.concordat.tcc.TccStory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * A withdrawal takes money from an account, a fee from the fees paid ahead, and points from a
 * loyalty programme: three services hold, and then all confirm or all give back.
 */
public final class WithdrawalTccScenario implements HoldScenario {

  private static final List<String> BRANCHES = List.of("account", "fee", "loyalty");
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  @Override
  public String name() {
    return "withdrawal-tcc";
  }

  @Override
  public String pattern() {
    return "TCC";
  }

  @Override
  public String sentence() {
    return "Account, fee and loyalty service each hold; then all confirm, or all give back.";
  }

  @Override
  public List<String> steps() {
    return BRANCHES;
  }

  @Override
  public List<String> services() {
    return BRANCHES;
  }

  @Override
  public Optional<OutsideSystem> outside() {
    return Optional.empty();
  }

  @Override
  public String tables() {
    return "";
  }

  @Override
  public List<String> moments() {
    return Stream.of(TccOperation.values())
        .flatMap(operation -> BRANCHES.stream().map(branch -> moment(operation, branch)))
        .toList();
  }

  @Override
  public List<String> backward() {
    return BRANCHES.stream().map(branch -> moment(TccOperation.CANCEL, branch)).toList();
  }

  private static String moment(TccOperation operation, String branch) {
    return operation.name().toLowerCase(Locale.ROOT) + " " + branch;
  }

  @Override
  public List<Law> always() {
    return BRANCHES.stream().flatMap(branch -> HoldLaws.always(branch).stream()).toList();
  }

  @Override
  public List<Law> laws() {
    String confirmed = "SELECT id FROM hold WHERE status = 'CONFIRMED'";
    List<Law> laws = new ArrayList<>(always());
    BRANCHES.forEach(branch -> laws.add(HoldLaws.nothingHeld(branch)));
    laws.add(
        Law.same(
            "all three are confirmed, or none is",
            BRANCHES.stream()
                .map(branch -> new Law.Query(branch, confirmed))
                .toArray(Law.Query[]::new)));
    laws.add(
        Law.same(
            "what the coordinator calls confirmed is confirmed",
            new Law.Query("account", confirmed),
            new Law.Query(HOME, "SELECT id FROM concordat.instance WHERE status = 'COMPLETED'")));
    return List.copyOf(laws);
  }

  @Override
  public Work work(Around around) {
    var builder = Tcc.named("withdraw", Holding.class).deadline(DEADLINE);
    for (String branch : BRANCHES) {
      TccHttp service = new TccHttp(URI.create(around.address(branch)));
      builder = builder.branch(branch, new Watched(service, around.standing()), what -> what);
    }
    Tcc<Holding> tcc =
        builder.confirmRetry(RetryPolicy.exponential(Duration.ofMillis(100)).attempts(20)).build();
    return new Withdrawals(tcc);
  }

  /** Tells of the moment at which a service has answered, and nothing of it is recorded. */
  private record Watched(TccParticipant service, Standing standing) implements TccParticipant {

    @Override
    public TccAnswer answer(TccCall call) throws Exception {
      TccAnswer answer = service.answer(call);
      String instance = JsonMapper.shared().readValue(call.body(), Holding.class).id();
      standing.at(moment(call.operation(), call.branch().branch()), instance);
      return answer;
    }
  }

  private record Withdrawals(Tcc<Holding> tcc) implements Work {

    @Override
    public ConcordatBuilder declare(ConcordatBuilder builder) {
      return builder.tcc(tcc);
    }

    @Override
    public void run(
        Concordat concordat, String id, long number, boolean unlucky, Duration patience) {
      String target = unlucky ? HoldService.TARGET_CLOSED : "cash";
      Holding what = new Holding(id, "account-" + number % 97, 100 + number % 900, "EUR", target);
      var unused = concordat.start(tcc, id, what).await(patience);
    }
  }

  @Override
  public Told told(Concordat concordat, String id) {
    TccStory story = concordat.tccStory(id).orElseThrow();
    return new Told(
        id,
        story.row().status(),
        story.moments().stream().map(WithdrawalTccScenario::told).toList());
  }

  private static Told.Moment told(TccStory.Moment moment) {
    String type = moment.type();
    Told.Mark mark =
        type.contains("Refused") || type.contains("Attention")
            ? Told.Mark.BAD
            : type.contains("Confirmed") || type.contains("Tried")
                ? Told.Mark.DONE
                : type.contains("Cancelled") ? Told.Mark.COMPENSATED : Told.Mark.NOTE;
    return new Told.Moment(type, moment.branch(), moment.at(), moment.text(), mark);
  }
}
