package dev.concordat.examples;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Every scenario there is. */
public final class Scenarios {

  private static final List<SagaScenario<?>> SAGAS =
      List.of(
          new OrderScenario(),
          new TravelScenario(),
          new WithdrawalLocalScenario(),
          new WithdrawalSagaScenario());

  private static final List<PeerScenario> OVER_BROKERS =
      List.of(
          new WithdrawalOutboxScenario(),
          new OrderMessagesScenario(),
          new OrderChoreographyScenario(),
          new ExperimentScenario(),
          new KafkaEosScenario());

  private static final List<AtomicScenario> ATOMIC =
      List.of(TransferScenario.plain(), TransferScenario.xa());

  private static final Transfer3pcScenario THREE_PHASE = new Transfer3pcScenario();

  private static final List<HoldScenario> HOLDING =
      List.of(
          new WithdrawalTccScenario(),
          new AtmScenario(),
          new PaymentGatewayScenario(),
          new ShippingScenario());

  private Scenarios() {}

  /** Every scenario, in the order in which they are best looked at. */
  public static List<Scenario> all() {
    return Stream.of(SAGAS, OVER_BROKERS, ATOMIC, List.of(THREE_PHASE), HOLDING)
        .flatMap(List<? extends Scenario>::stream)
        .map(Function.<Scenario>identity())
        .toList();
  }

  /** Those that are sagas over services that are called. */
  public static List<SagaScenario<?>> sagas() {
    return SAGAS;
  }

  /** Those whose services talk over a broker. */
  public static List<PeerScenario> overBrokers() {
    return OVER_BROKERS;
  }

  /** Those whose databases change together. */
  public static List<AtomicScenario> atomic() {
    return ATOMIC;
  }

  /** The one by three-phase commit. */
  public static Transfer3pcScenario threePhase() {
    return THREE_PHASE;
  }

  /** Those in which something is held for a moment. */
  public static List<HoldScenario> holding() {
    return HOLDING;
  }

  /** The same as {@link #named} among those in which something is held for a moment. */
  public static HoldScenario holding(String name) {
    return find(name, HOLDING);
  }

  /**
   * The scenario of that name.
   *
   * @throws IllegalArgumentException if there is none, naming those there are
   */
  public static Scenario named(String name) {
    return find(name, all());
  }

  /** The same among sagas. */
  public static SagaScenario<?> saga(String name) {
    return find(name, SAGAS);
  }

  /** The same among those over brokers. */
  public static PeerScenario overBroker(String name) {
    return find(name, OVER_BROKERS);
  }

  /** The same among those whose databases change together. */
  public static AtomicScenario atomic(String name) {
    return find(name, ATOMIC);
  }

  private static <S extends Scenario> S find(String name, List<S> among) {
    return among.stream()
        .filter(scenario -> scenario.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no scenario '" + name + "'. There are: " + names(among) + "."));
  }

  private static String names(List<? extends Scenario> all) {
    return all.stream().map(Scenario::name).collect(Collectors.joining(", "));
  }
}
