package dev.concordat.cli;

import dev.concordat.Concordat;
import dev.concordat.reservation.ReservationStory;
import dev.concordat.saga.Story;
import dev.concordat.store.InstanceRow;
import java.util.Optional;

/**
 * What a person must know of an instance before asking something of it.
 *
 * @param why why it is where it is
 * @param next what happens next
 */
record Told(InstanceRow row, String why, String next) {

  static Told of(Concordat concordat, String id) {
    Optional<ReservationStory> held = concordat.reservationStory(id);
    if (held.isPresent()) {
      return new Told(held.get().row(), held.get().why(), held.get().next());
    }
    Story story = concordat.operator().show(id);
    return new Told(story.row(), story.why(), story.next());
  }
}
