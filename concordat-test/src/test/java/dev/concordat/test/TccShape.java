package dev.concordat.test;

import static dev.concordat.test.Vault.FEE;
import static dev.concordat.test.Vault.FLIGHT;
import static dev.concordat.test.Vault.HOTEL;

import dev.concordat.tcc.Tcc;
import dev.concordat.tcc.TccBuilder;
import java.util.List;

/** Transactions of try, confirm and cancel that are crash-tested. */
enum TccShape {
  /** All are told at the same time. */
  PARALLEL {
    @Override
    TccCrashTest<Job> over(Vault vault) {
      return lawful(trip(vault).local(FEE, vault.fee()).build(), vault)
          .alsoWhen(HOTEL, FailureMode.REFUSED);
    }
  },
  /** One after the other, and back. */
  IN_ORDER {
    @Override
    TccCrashTest<Job> over(Vault vault) {
      return lawful(trip(vault).local(FEE, vault.fee()).inOrder().build(), vault)
          .alsoWhen(FEE, FailureMode.REFUSED)
          .alsoWhen(HOTEL, FailureMode.REQUEST_LOST);
    }
  },
  /** The client runs it, so that its birth rides with the local try. */
  LOCAL_FIRST {
    @Override
    TccCrashTest<Job> over(Vault vault) {
      TccBuilder<Job> builder = Tcc.named("trip", Job.class).local(FEE, vault.fee());
      return lawful(with(builder, vault).inOrder().build(), vault)
          .running()
          .alsoWhen(HOTEL, FailureMode.ANSWER_LOST);
    }
  };

  abstract TccCrashTest<Job> over(Vault vault);

  static TccBuilder<Job> trip(Vault vault) {
    return with(Tcc.named("trip", Job.class), vault);
  }

  private static TccBuilder<Job> with(TccBuilder<Job> builder, Vault vault) {
    return builder
        .branch(FLIGHT, vault::answer, Job::customer)
        .branch(HOTEL, vault::answer, Job::customer)
        .tryRetry(Shape.SOON)
        .confirmRetry(Shape.SOON);
  }

  static TccCrashTest<Job> lawful(Tcc<Job> tcc, Vault vault) {
    return TccCrashTest.of(tcc, Job.ADA)
        .world(vault)
        .whenConfirmed("everything is sold once (P2)", () -> vault.isSold(List.of(FLIGHT, HOTEL)))
        .whenCancelled("nothing is held or sold (P2)", vault::isUntouched);
  }
}
