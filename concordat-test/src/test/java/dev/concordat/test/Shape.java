package dev.concordat.test;

import static dev.concordat.test.Books.CUSTOMER;
import static dev.concordat.test.Books.HELD;
import static dev.concordat.test.Books.MERCHANT;

import dev.concordat.core.RetryPolicy;
import dev.concordat.saga.LocalAction;
import dev.concordat.saga.LocalCompensation;
import dev.concordat.saga.OutsideAction;
import dev.concordat.saga.OutsideCompensation;
import dev.concordat.saga.Saga;
import dev.concordat.saga.SagaBuilder;
import java.time.Duration;
import java.util.List;

/** Sagas of the shapes of the scenarios, and one of each further kind, over {@link Books}. */
enum Shape {
  ORDER,
  TRAVEL,
  WITHDRAWAL_SAGA,
  WITHDRAWAL_LOCAL,
  WITHDRAWAL_FUSED,
  SLEEPER,
  APPROVAL,
  PARENT,
  CONDITIONAL,
  LOOK_UP,
  RETRYING,
  DEADLINE,
  CANCELLED;

  static final RetryPolicy SOON =
      RetryPolicy.exponential(Duration.ofMillis(1)).upTo(Duration.ofMillis(2)).attempts(4);
  private static final String FUNDS = "reserve funds";
  private static final String STOCK = "reserve stock";
  private static final String CAPTURE = "capture payment";

  CrashTest<Job> over(Books books) {
    return test(books).world(books);
  }

  private CrashTest<Job> test(Books books) {
    return switch (this) {
      case ORDER -> order(books);
      case TRAVEL -> travel(books);
      case WITHDRAWAL_SAGA -> withdrawalSaga(books);
      case WITHDRAWAL_LOCAL -> withdrawalLocal(books, false);
      case WITHDRAWAL_FUSED -> withdrawalLocal(books, true);
      case SLEEPER -> sleeper(books);
      case APPROVAL -> approval(books);
      case PARENT -> parent(books);
      case CONDITIONAL -> conditional(books);
      case LOOK_UP -> lookUp(books);
      case RETRYING -> retrying(books);
      case DEADLINE -> deadline(books);
      case CANCELLED -> cancelled(books);
    };
  }

  static OutsideAction<Job> act(Books books, String op, String from, String to) {
    return (job, call) -> {
      books.act(op, call.key(), from, to, job.amount());
      return job;
    };
  }

  static OutsideCompensation<Job> undo(Books books, String op, String from, String to) {
    return (job, call) -> books.undo(op, call.key(), from, to, job.amount());
  }

  private static OutsideAction<Job> act(Books books, String op) {
    return act(books, op, CUSTOMER, CUSTOMER);
  }

  private static OutsideCompensation<Job> undo(Books books, String op) {
    return undo(books, op, CUSTOMER, CUSTOMER);
  }

  private static LocalAction<Job> write(Books books, String op) {
    return (tx, job) -> {
      books.write(tx, op, 1);
      return job;
    };
  }

  private static LocalCompensation<Job> unwrite(Books books, String op) {
    return (tx, job) -> books.write(tx, op, -1);
  }

  /** The laws of every shape: each operation once, or none; and money neither made nor lost. */
  private static CrashTest<Job> lawful(Saga<Job> saga, Books books, List<String> ops) {
    return CrashTest.of(saga, Job.ADA)
        .always("money is conserved", books::moneyIsConserved)
        .always("one effect per key (P4)", () -> books.atMostOnce(ops))
        .whenCompleted("all effects are there (P2)", () -> books.all(ops))
        .whenCompensated("no effect is left (P2)", () -> books.none(ops));
  }

  static SagaBuilder<Job> orderSaga(Books books) {
    return Saga.named("order", Job.class)
        .local("create order", write(books, "create order"))
        .retry(SOON)
        .compensate(unwrite(books, "create order"))
        .compensationRetry(SOON)
        .step(FUNDS, act(books, FUNDS, CUSTOMER, HELD))
        .retry(SOON)
        .compensate(undo(books, FUNDS, CUSTOMER, HELD))
        .compensationRetry(SOON)
        .step(STOCK, act(books, STOCK))
        .retry(SOON)
        .compensate(undo(books, STOCK))
        .compensationRetry(SOON)
        .pivot(CAPTURE, act(books, CAPTURE, HELD, MERCHANT))
        .retry(SOON)
        .localRetriable("confirm order", write(books, "confirm order"))
        .retry(SOON);
  }

  static CrashTest<Job> lawfulOrder(Saga<Job> saga, Books books) {
    return lawful(saga, books, List.of("create order", FUNDS, STOCK, CAPTURE, "confirm order"))
        .whenCompleted("the merchant is paid", () -> books.balance(MERCHANT) == 100)
        .whenCompensated("the customer is whole", () -> books.balance(CUSTOMER) == 1000);
  }

  private static CrashTest<Job> order(Books books) {
    return lawfulOrder(orderSaga(books).build(), books)
        .alsoWhen(CAPTURE, FailureMode.REFUSED)
        .alsoWhen(STOCK, FailureMode.REFUSED);
  }

  private static CrashTest<Job> travel(Books books) {
    Saga<Job> saga =
        Saga.named("travel", Job.class)
            .parallel(
                Saga.branch(Job.class)
                    .step(
                        "book flight",
                        (job, call) ->
                            booked(books, "book flight", job, call.key()).withFlight(call.key()))
                    .retry(SOON)
                    .compensate(undo(books, "book flight", CUSTOMER, MERCHANT))
                    .compensationRetry(SOON),
                Saga.branch(Job.class)
                    .step(
                        "book hotel",
                        (job, call) ->
                            booked(books, "book hotel", job, call.key()).withHotel(call.key()))
                    .retry(SOON)
                    .compensate(undo(books, "book hotel", CUSTOMER, MERCHANT))
                    .compensationRetry(SOON),
                Saga.branch(Job.class)
                    .step(
                        "rent car",
                        (job, call) ->
                            booked(books, "rent car", job, call.key()).withCar(call.key()))
                    .retry(SOON)
                    .compensate(undo(books, "rent car", CUSTOMER, MERCHANT))
                    .compensationRetry(SOON))
            .build();
    return lawful(saga, books, List.of("book flight", "book hotel", "rent car"))
        .alsoWhen("book hotel", FailureMode.REFUSED);
  }

  private static Job booked(Books books, String op, Job job, String key) {
    books.act(op, key, CUSTOMER, MERCHANT, job.amount());
    return job;
  }

  private static CrashTest<Job> withdrawalSaga(Books books) {
    Saga<Job> saga =
        Saga.named("withdrawal-saga", Job.class)
            .local("deduct", write(books, "deduct"))
            .retry(SOON)
            .compensate(unwrite(books, "deduct"))
            .compensationRetry(SOON)
            .step("notify", act(books, "notify"))
            .retry(SOON)
            .compensate(undo(books, "notify"))
            .compensationRetry(SOON)
            .step("process payment", act(books, "process payment", CUSTOMER, MERCHANT))
            .retry(SOON)
            .compensate(undo(books, "process payment", CUSTOMER, MERCHANT))
            .compensationRetry(SOON)
            .build();
    return lawful(saga, books, List.of("deduct", "process payment", "notify"))
        .alsoWhen("process payment", FailureMode.REFUSED)
        .alsoWhen("process payment", FailureMode.ANSWER_LOST);
  }

  private static CrashTest<Job> withdrawalLocal(Books books, boolean fused) {
    List<String> ops = List.of("check balance", "deduct", "record", "touch timestamp");
    SagaBuilder<Job> builder =
        Saga.named(fused ? "withdrawal-fused" : "withdrawal-local", Job.class);
    for (String op : ops) {
      builder
          .local(op, write(books, op))
          .retry(SOON)
          .compensate(unwrite(books, op))
          .compensationRetry(SOON);
    }
    Saga<Job> saga = (fused ? builder.fuseLocalSteps() : builder).build();
    return lawful(saga, books, ops).running().alsoWhen("touch timestamp", FailureMode.REFUSED);
  }

  private static CrashTest<Job> sleeper(Books books) {
    Saga<Job> saga =
        Saga.named("sleeper", Job.class)
            .step("before", act(books, "before"))
            .retry(SOON)
            .compensate(undo(books, "before"))
            .compensationRetry(SOON)
            .sleep("a while", Duration.ofMillis(4))
            .step("after", act(books, "after"))
            .retry(SOON)
            .compensate(undo(books, "after"))
            .compensationRetry(SOON)
            .build();
    return lawful(saga, books, List.of("before", "after"))
        .alsoWhen("after", FailureMode.REFUSED)
        .withoutFailingEachStep();
  }

  private static CrashTest<Job> approval(Books books) {
    Saga<Job> saga =
        Saga.named("approval", Job.class)
            .step("ask", act(books, "ask"))
            .retry(SOON)
            .compensate(undo(books, "ask"))
            .compensationRetry(SOON)
            .awaitSignal("approval", String.class, (job, by) -> job.withHotel(by))
            .local("note", write(books, "note"))
            .retry(SOON)
            .compensate(unwrite(books, "note"))
            .compensationRetry(SOON)
            .build();
    return lawful(saga, books, List.of("ask", "note"))
        .afterStart(handle -> handle.signal("approval", "grace"))
        .alsoWhen("note", FailureMode.REFUSED)
        .withoutFailingEachStep();
  }

  private static CrashTest<Job> parent(Books books) {
    Saga<Job> child =
        Saga.named("child", Job.class)
            .step("in child", act(books, "in child"))
            .retry(SOON)
            .compensate(undo(books, "in child"))
            .compensationRetry(SOON)
            .local("child's end", write(books, "child's end"))
            .retry(SOON)
            .compensate(unwrite(books, "child's end"))
            .compensationRetry(SOON)
            .build();
    Saga<Job> saga =
        Saga.named("parent", Job.class)
            .local("open", write(books, "open"))
            .retry(SOON)
            .compensate(unwrite(books, "open"))
            .compensationRetry(SOON)
            .child("child", child, job -> job, (job, ended) -> job.withCar(ended.car()))
            .noCompensation("nothing is left once it is the last step")
            .build();
    return lawful(saga, books, List.of("open", "in child", "child's end"))
        .children(child)
        .alsoWhen("child's end", FailureMode.REFUSED)
        .withoutFailingEachStep();
  }

  private static CrashTest<Job> conditional(Books books) {
    Saga<Job> saga =
        Saga.named("conditional", Job.class)
            .step("always", act(books, "always"))
            .retry(SOON)
            .compensate(undo(books, "always"))
            .compensationRetry(SOON)
            .step("never", act(books, "never"))
            .when(job -> job.amount() > 1_000_000)
            .compensate(undo(books, "never"))
            .compensationRetry(SOON)
            .local("if cheap", write(books, "if cheap"))
            .when(job -> job.amount() <= 100)
            .retry(SOON)
            .compensate(unwrite(books, "if cheap"))
            .compensationRetry(SOON)
            .step("last", act(books, "last"))
            .retry(SOON)
            .compensate(undo(books, "last"))
            .compensationRetry(SOON)
            .build();
    return lawful(saga, books, List.of("always", "if cheap", "last"))
        .always("what does not apply never runs", () -> books.net("never") == 0)
        .alsoWhen("last", FailureMode.REFUSED);
  }

  private static CrashTest<Job> lookUp(Books books) {
    Saga<Job> saga =
        Saga.named("look-up", Job.class)
            .step(FUNDS, act(books, FUNDS, CUSTOMER, HELD))
            .retry(SOON)
            .compensate(undo(books, FUNDS, CUSTOMER, HELD))
            .compensationRetry(SOON)
            .pivot(CAPTURE, act(books, CAPTURE, HELD, MERCHANT))
            .retry(SOON)
            .inDoubt((job, call) -> books.ask(CAPTURE, call, job))
            .build();
    return lawful(saga, books, List.of(FUNDS, CAPTURE))
        .alsoWhen(CAPTURE, FailureMode.ANSWER_LOST)
        .alsoWhen(CAPTURE, FailureMode.REFUSED);
  }

  private static CrashTest<Job> retrying(Books books) {
    Saga<Job> saga =
        Saga.named("retrying", Job.class)
            .step("steady", act(books, "steady"))
            .retry(SOON)
            .compensate(undo(books, "steady"))
            .compensationRetry(SOON)
            .step("flaky", act(books, "flaky", CUSTOMER, MERCHANT))
            .retry(SOON)
            .compensate(undo(books, "flaky", CUSTOMER, MERCHANT))
            .compensationRetry(SOON)
            .build();
    return lawful(saga, books, List.of("steady", "flaky"))
        .alsoWhen("flaky", FailureMode.TRANSIENT)
        .alsoWhen("flaky", FailureMode.REQUEST_LOST);
  }

  private static CrashTest<Job> deadline(Books books) {
    Duration limit = Duration.ofMillis(80);
    Saga<Job> saga =
        Saga.named("deadline", Job.class)
            .local("open", write(books, "open"))
            .timeout(limit)
            .retry(SOON)
            .compensate(unwrite(books, "open"))
            .compensationRetry(SOON)
            .awaitSignal("never sent", String.class, (job, by) -> job)
            .step("not reached", act(books, "not reached"))
            .timeout(limit)
            .compensate(undo(books, "not reached"))
            .compensationRetry(SOON)
            .deadline(limit)
            .build();
    return lawful(saga, books, List.of("open", "not reached")).withoutFailingEachStep();
  }

  private static CrashTest<Job> cancelled(Books books) {
    Saga<Job> saga =
        Saga.named("cancelled", Job.class)
            .step("begin", act(books, "begin", CUSTOMER, HELD))
            .retry(SOON)
            .compensate(undo(books, "begin", CUSTOMER, HELD))
            .compensationRetry(SOON)
            .awaitSignal("never sent", String.class, (job, by) -> job)
            .step("not reached", act(books, "not reached"))
            .compensate(undo(books, "not reached"))
            .compensationRetry(SOON)
            .build();
    return lawful(saga, books, List.of("begin", "not reached"))
        .afterStart(handle -> handle.cancel("ada", "changed her mind"))
        .withoutFailingEachStep();
  }
}
