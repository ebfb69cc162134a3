package dev.concordat.examples;

import dev.concordat.examples.hold.Holding;
import dev.concordat.examples.outside.OutsideClient;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.reservation.ReservationBuilder;

/** A carrier is told of a parcel whose goods are held meanwhile; the parcel can be cancelled. */
public final class ShippingScenario extends OutsideScenario {

  /** The scenario. */
  public ShippingScenario() {
    super(
        "shipping",
        "Goods are held, a carrier takes the parcel, and they leave stock; or they are released.",
        "create parcel",
        OutsideSystem.CARRIER);
  }

  @Override
  ReservationBuilder<Holding> abilities(
      ReservationBuilder<Holding> builder, OutsideClient outside) {
    return builder
        .cancelAtProvider((what, asked) -> outside.takeBack(asked))
        .refund((what, asked) -> outside.refund(asked));
  }

  @Override
  long amount(long number) {
    return 1 + number % 3;
  }
}
