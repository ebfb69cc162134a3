package dev.concordat.messaging;

import dev.concordat.core.Cursor;
import dev.concordat.core.Portion;
import dev.concordat.core.StoredMessage;
import dev.concordat.engine.Engine;
import dev.concordat.messaging.RelayStimulus.Checkpointed;
import dev.concordat.messaging.RelayStimulus.DueFound;
import dev.concordat.messaging.RelayStimulus.PageRead;
import dev.concordat.messaging.RelayStimulus.Reparked;
import dev.concordat.messaging.RelayStimulus.Settled;
import dev.concordat.messaging.RelayStimulus.Ticked;
import dev.concordat.store.Relays;
import dev.concordat.store.Relays.Claim;
import dev.concordat.store.Store;
import java.util.List;
import java.util.Optional;

/** What a lane of a relay reads and writes in the store, under the epoch of its claim. */
final class RelayJournal {

  private final Engine engine;
  private final Store store;
  private final Relay relay;
  private final Claim claim;
  private Cursor noted;

  RelayJournal(Engine engine, Relay relay, Claim claim) {
    this.engine = engine;
    this.store = engine.store();
    this.relay = relay;
    this.claim = claim;
    this.noted = claim.cursor();
  }

  Ticked tick() {
    long newest = store.ticks().newest();
    return new Ticked(engine.now(), newest);
  }

  PageRead read(RelayAction.ReadPage page) {
    var messages = store.outbox().page(page.cursor(), page.most(), claim.lane(), relay.lanes());
    return new PageRead(engine.now(), messages, page.most());
  }

  Checkpointed note(RelayAction.Checkpoint checkpoint) {
    boolean ours =
        store
            .relays()
            .checkpoint(
                relay.name(),
                claim.lane(),
                claim.epoch(),
                checkpoint.cursor(),
                checkpoint.parkings(),
                relay.lease());
    noted = ours ? checkpoint.cursor() : noted;
    return new Checkpointed(engine.now(), checkpoint, ours);
  }

  /** Lets the lease run from now; false if the lane is somebody else's. */
  boolean renew(Cursor cursor) {
    return store
        .relays()
        .checkpoint(relay.name(), claim.lane(), claim.epoch(), cursor, List.of(), relay.lease());
  }

  DueFound due(Portion most) {
    var due = store.relays().due(relay.name(), claim.lane(), most);
    return new DueFound(engine.now(), due, most);
  }

  Settled settle(RelayAction.Settle gone) {
    var free = store.relays().settle(relay.name(), claim.lane(), claim.epoch(), gone.messages());
    return new Settled(engine.now(), gone.messages(), free);
  }

  Reparked park(RelayAction.Repark again) {
    var relays = store.relays();
    boolean ours = relays.park(relay.name(), claim.lane(), claim.epoch(), again.parkings());
    return new Reparked(engine.now(), again.parkings(), ours);
  }

  /** The first message past the checkpoint, if there is one. */
  Optional<StoredMessage> oldest() {
    long newest = store.ticks().newest();
    Cursor cursor = noted;
    while (true) {
      List<StoredMessage> first =
          cursor.rests()
              ? List.of()
              : store.outbox().page(cursor, Portion.of(1), claim.lane(), relay.lanes());
      if (!first.isEmpty() || cursor.to() >= newest) {
        return first.stream().findFirst();
      }
      cursor = Cursor.past(cursor.to()).towards(newest);
    }
  }

  Optional<Relays.Progress> progress() {
    return store.relays().progress(relay.name(), claim.lane());
  }

  void release() {
    store.relays().release(relay.name(), claim.lane(), claim.epoch());
  }
}
