package dev.concordat.messaging;

import dev.concordat.core.ReceivedMessage;
import org.jspecify.annotations.Nullable;

/**
 * A delivery on its way to its handler.
 *
 * @param ready what handles it; null if nobody does, or nobody can
 * @param objection why nobody can, or null
 */
record Piece(
    Delivery delivery,
    LaneClaim claim,
    Consumer.@Nullable Ready ready,
    @Nullable String objection) {

  static Piece of(Consumer consumer, Delivery delivery, LaneClaim claim) {
    if (delivery.objection() != null) {
      return new Piece(delivery, claim, null, delivery.objection());
    }
    Consumer.Prepared handler = consumer.handler(delivery.message().type());
    if (handler == null) {
      return new Piece(delivery, claim, null, null);
    }
    try {
      return new Piece(delivery, claim, handler.prepare(delivery.message()), null);
    } catch (Exception | Error e) {
      return new Piece(delivery, claim, null, Mishap.of(e).reason());
    }
  }

  ReceivedMessage message() {
    return delivery.message();
  }
}
