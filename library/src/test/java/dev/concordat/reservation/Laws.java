package dev.concordat.reservation;

import dev.concordat.reservation.Gateway.Charge;
import dev.concordat.reservation.World.Books;

/** What must hold, whatever happens. */
final class Laws {

  private Laws() {}

  private static void law(boolean holds, String law) {
    if (!holds) {
      throw new LawBroken(law);
    }
  }

  /** Of every moment. */
  static void always(World world) {
    law(world.gateway.taken <= 1, "the money is taken twice");
    law(
        world.gateway.refunds.values().stream().allMatch(times -> times == 1),
        "one correction refunds twice");
  }

  /** Of what a decision writes. */
  static void decided(Part part, ReservationDecision decision) {
    for (ReservationEvent event : decision.events()) {
      law(
          !(event instanceof ReservationEvent.CallStarted) || part.live.halted == null,
          "a call begins that nobody wants any more");
    }
  }

  /** Of the moment before what is held is confirmed. */
  static void confirming(World world) {
    law(world.books == Books.HELD, "what is confirmed was held");
    law(world.gateway.taken == 1, "confirmed, and nothing was taken");
    law(
        world.gateway.moved.equals(Gateway.ALL) || world.personDecided,
        "confirmed, and only a part was taken");
  }

  /** Of the moment before what is held is released. */
  static void releasing(World world) {
    law(world.books == Books.HELD, "what is released was held");
    law(world.lied || world.gateway.charge != Charge.DONE, "released although the money is taken");
    boolean mayArrive = !world.late.isEmpty() && world.gateway.charge == Charge.NONE;
    law(!mayArrive, "released although a request may still arrive");
  }

  /** Of a world in which nothing goes on. */
  static void atTheEnd(World world) {
    for (Part part : world.parts) {
      law(part.live.isFinal(), "it never ends: " + part.live);
      law(part.live.uncorrected() == 0, "what came late is forgotten: " + part.live);
    }
    law(
        world.gateway.charge != Charge.DONE || !world.gateway.partBack || world.personDecided,
        "a part went back, and nobody looked");
    int net = world.gateway.taken - world.gateway.given;
    boolean whole = net == (world.books == Books.CONFIRMED ? 1 : 0);
    law(
        world.books != Books.HELD && (whole || world.personDecided),
        "the books say " + world.books + ", and the provider took " + net);
  }
}
