package dev.concordat.test;

import static dev.concordat.test.Books.CUSTOMER;
import static dev.concordat.test.Books.HELD;
import static dev.concordat.test.Books.MERCHANT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.concordat.core.OutcomeUnknownException;
import dev.concordat.core.RefusedException;
import dev.concordat.saga.Around;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaEvent;
import dev.concordat.saga.SagaListener;
import dev.concordat.saga.StepFailure;
import dev.concordat.store.Journal;
import dev.concordat.store.Store;
import dev.concordat.store.Write;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The harness turns red for every bug it is there to find (P2–P5, P11): each test plants one that
 * people make, and expects the law it breaks by name.
 */
class PlantedBugsTest {

  private final Books books = Books.inMemory();

  @Test
  void aNewKeyForEveryAttempt() {
    Saga<Job> careless =
        Saga.named("careless", Job.class)
            .step(
                "pay",
                (job, call) -> {
                  books.act("pay", UUID.randomUUID().toString(), CUSTOMER, MERCHANT, 100);
                  return job;
                })
            .retry(Shape.SOON)
            .noCompensation("it is the last step")
            .build();

    assertThat(laws(test(careless, List.of("pay")))).contains("one effect per key (P4)");
  }

  @Test
  void aCheckpointBeforeTheEffect() {
    Saga<Job> hasty =
        Saga.named("hasty", Job.class)
            .step("pay", (job, call) -> job)
            .retry(Shape.SOON)
            .noCompensation("it is the last step")
            .build();
    SagaListener afterTheCheckpoint =
        new SagaListener() {
          @Override
          public void recorded(Moment of, List<SagaEvent> events) {
            if (events.stream().anyMatch(SagaEvent.StepDone.class::isInstance)) {
              books.act("pay", of.id(), CUSTOMER, MERCHANT, 100);
            }
          }
        };

    assertThat(laws(test(hasty, List.of("pay")).listener(afterTheCheckpoint)))
        .contains("all effects are there (P2)");
  }

  @Test
  void stepsThatMayBeDoneAreNotCompensated() {
    UnaryOperator<Around> forgetful =
        around ->
            new Around() {
              @Override
              public <T> T call(Site site, Callable<T> code) throws Exception {
                boolean lost =
                    site.kind() == Kind.COMPENSATION
                        && site.call() != null
                        && !site.call().certain();
                return lost ? null : around.call(site, code);
              }
            };

    assertThat(laws(order().wrappingCalls(forgetful)))
        .contains("what took effect is compensated (P2)", "no effect is left (P2)");
  }

  @Test
  void stepsThatOnlyStartedAreCompensated() {
    UnaryOperator<Store> fromStarted =
        store ->
            journal(
                store,
                write ->
                    write.replace(
                        "\"event\":\"StepRefused\"",
                        "\"event\":\"StepGivenUp\",\"maybeDone\":true"));
    CrashTest<Job> test =
        order()
            .wrappingStore(fromStarted)
            .only("reserve stock=REFUSED | CRASH_BEFORE Compensation.reserve funds#1");

    assertThat(laws(test)).contains("a refused step is not compensated (P2)");
  }

  @Test
  void aLostAnswerIsReadAsARefusalOfTheStep() {
    UnaryOperator<Around> confident =
        around ->
            new Around() {
              @Override
              public <T> T call(Site site, Callable<T> code) throws Exception {
                try {
                  return around.call(site, code);
                } catch (StepFailure e) {
                  throw new RefusedException("taken for a refusal", e);
                }
              }
            };

    assertThat(laws(order().wrappingCalls(confident)))
        .contains("what took effect is compensated (P2)", "no effect is left (P2)");
  }

  @Test
  void aFailedCommitIsReadAsARefusalOfTheStart() {
    CrashTest<Job> test = order().wrappingStore(PlantedBugsTest::confident).patience(Duration.ZERO);

    assertThat(laws(test)).contains("a refused start left no instance (P11)");
    assertThat(order().patience(Duration.ZERO).explore().violations()).isEmpty();
  }

  private CrashTest<Job> order() {
    return Shape.lawfulOrder(Shape.orderSaga(books).build(), books).world(books);
  }

  private CrashTest<Job> test(Saga<Job> saga, List<String> ops) {
    return CrashTest.of(saga, Job.ADA)
        .world(books)
        .always("one effect per key (P4)", () -> books.atMostOnce(ops))
        .whenCompleted("all effects are there (P2)", () -> books.all(ops))
        .always("nothing is held", () -> books.balance(HELD) == 0);
  }

  private static List<String> laws(CrashTest<Job> test) {
    return test.explore().violations().stream().map(Violation::law).distinct().toList();
  }

  /** Says of every lost answer of an append that nothing was written. */
  private static Store confident(Store store) {
    Journal lying =
        (Journal)
            Proxy.newProxyInstance(
                Journal.class.getClassLoader(),
                new Class<?>[] {Journal.class},
                (proxy, method, arguments) -> {
                  try {
                    return method.invoke(store.journal(), arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause() instanceof OutcomeUnknownException lost
                        ? new RefusedException("taken for a refusal", lost)
                        : e.getCause();
                  }
                });
    return with(store, lying);
  }

  /** Writes other events than it was given. */
  static Store journal(Store store, UnaryOperator<String> rewritten) {
    Journal lying =
        (Journal)
            Proxy.newProxyInstance(
                Journal.class.getClassLoader(),
                new Class<?>[] {Journal.class},
                (proxy, method, arguments) -> {
                  Object[] given = arguments.clone();
                  if (method.getName().equals("append")) {
                    given[0] =
                        ((List<?>) given[0])
                            .stream().map(write -> rewrite((Write) write, rewritten)).toList();
                  }
                  try {
                    return method.invoke(store.journal(), given);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return with(store, lying);
  }

  private static Write rewrite(Write write, UnaryOperator<String> rewritten) {
    return new Write(
        write.no(),
        write.token(),
        write.position(),
        rewritten.apply(write.events()),
        write.insert(),
        write.change(),
        write.answers());
  }

  private static Store with(Store store, Journal journal) {
    return new StorePorts.Ports(
        journal,
        store.instances(),
        store.leases(),
        store.mailbox(),
        store.outbox(),
        store.inbox(),
        store.replies(),
        store.ticks(),
        store.relays(),
        store.consumers(),
        store.reactions(),
        store.flows(),
        store.holds(),
        store.bell(),
        store.transactions(),
        store::close);
  }
}
