package dev.concordat.examples;

import dev.concordat.examples.hold.Holding;
import dev.concordat.examples.outside.OutsideClient;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.reservation.ReservationBuilder;
import java.time.Duration;

/**
 * A gateway charges what is held meanwhile. It calls back and settles by a file, and cannot void;
 * so what turns out to be charged after it was released is refunded.
 */
public final class PaymentGatewayScenario extends OutsideScenario {

  /** The scenario. */
  public PaymentGatewayScenario() {
    super(
        "payment-gateway",
        "Money is held, a gateway charges it, and it is confirmed; late charges are refunded.",
        "charge",
        OutsideSystem.GATEWAY);
  }

  @Override
  ReservationBuilder<Holding> abilities(
      ReservationBuilder<Holding> builder, OutsideClient outside) {
    return builder.refund((what, asked) -> outside.refund(asked));
  }

  @Override
  long amount(long number) {
    return 100 + number % 900;
  }

  /** Shorter than one that lies does so: what is released comes to light as charged by the file. */
  @Override
  Duration quiescence() {
    return Duration.ofMillis(200);
  }
}
