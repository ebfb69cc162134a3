package dev.concordat.examples;

import dev.concordat.examples.hold.Holding;
import dev.concordat.examples.outside.OutsideClient;
import dev.concordat.examples.outside.OutsideSystem;
import dev.concordat.reservation.ReservationBuilder;
import java.util.List;

/**
 * A cash machine hands out money that is held on an account meanwhile. It can be told not to, but
 * cash that is out stays out.
 */
public final class AtmScenario extends OutsideScenario {

  /** The scenario. */
  public AtmScenario() {
    super(
        "atm",
        "Money is held, a cash machine hands it out, and then it is deducted; or it is released.",
        "dispense cash",
        OutsideSystem.ATM);
  }

  @Override
  ReservationBuilder<Holding> abilities(
      ReservationBuilder<Holding> builder, OutsideClient outside) {
    return builder.cancelAtProvider((what, asked) -> outside.takeBack(asked));
  }

  /** Notes of ten. */
  @Override
  long amount(long number) {
    return 1_000 * (1 + number % 40);
  }

  @Override
  List<Law> own() {
    return List.of(
        Law.none(
            "the cash that is missing in the machine was handed out",
            OutsideSystem.ATM.word(),
            """
            SELECT opening, 'was in it', remaining, 'is', total, 'was handed out'
            FROM drawer, (SELECT coalesce(sum(amount), 0) AS total FROM movement) AS handed
            WHERE opening <> remaining + total
            """),
        new Law(
            "cash out equals money deducted",
            evidence -> {
              List<String> out =
                  evidence.rows(
                      OutsideSystem.ATM.word(), "SELECT coalesce(sum(amount), 0) FROM movement");
              List<String> deducted =
                  evidence.rows(
                      HOME, "SELECT coalesce(sum(opening - balance), 0)::bigint FROM account");
              return out.equals(deducted)
                  ? List.of()
                  : List.of(out + " is out, and " + deducted + " was deducted");
            }));
  }
}
