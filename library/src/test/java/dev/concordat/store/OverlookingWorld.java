package dev.concordat.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** A world with a planted bug: letting go overlooks the letters that came meanwhile. */
final class OverlookingWorld implements StoreWorld {

  private final StoreWorld world = new MemoryWorld();

  private static Write spoilt(Write write) {
    Change change = write.change();
    if (change == null || change.release() == null) {
      return write;
    }
    Change.Release release = new Change.Release(change.release().due(), Integer.MAX_VALUE);
    return Writes.with(write, new Change(change.status(), change.paused(), release));
  }

  @Override
  public Store store() {
    Store real = world.store();
    return new Overlooking(real);
  }

  private record Overlooking(Store real) implements Store {
    @Override
    public Journal journal() {
      return new Journal() {
        @Override
        public List<Write.Result> append(List<Write> writes) {
          return real.journal().append(writes.stream().map(OverlookingWorld::spoilt).toList());
        }

        @Override
        public Write.Result appendWithin(Connection connection, Write write) {
          return real.journal().appendWithin(connection, write);
        }

        @Override
        public List<Entry> read(long no) {
          return real.journal().read(no);
        }
      };
    }

    @Override
    public void close() {
      real.close();
    }

    @Override
    public Instances instances() {
      return real.instances();
    }

    @Override
    public Outbox outbox() {
      return real.outbox();
    }

    @Override
    public StoredReplies replies() {
      return real.replies();
    }

    @Override
    public Inbox inbox() {
      return real.inbox();
    }

    @Override
    public Ticks ticks() {
      return real.ticks();
    }

    @Override
    public Relays relays() {
      return real.relays();
    }

    @Override
    public Consumers consumers() {
      return real.consumers();
    }

    @Override
    public Reactions reactions() {
      return real.reactions();
    }

    @Override
    public Holds holds() {
      return real.holds();
    }

    @Override
    public Flows flows() {
      return real.flows();
    }

    @Override
    public Bell bell() {
      return real.bell();
    }

    @Override
    public Leases leases() {
      return real.leases();
    }

    @Override
    public Mailbox mailbox() {
      return real.mailbox();
    }

    @Override
    public Transactions transactions() {
      return real.transactions();
    }
  }

  @Override
  public void pass(Duration time) {
    world.pass(time);
  }

  @Override
  public Session begin() {
    return world.begin();
  }

  @Override
  public void effect(Connection connection, String key) throws SQLException {
    world.effect(connection, key);
  }

  @Override
  public List<String> effects() {
    return world.effects();
  }
}
