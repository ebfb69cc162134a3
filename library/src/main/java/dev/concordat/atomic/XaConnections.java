package dev.concordat.atomic;

import dev.concordat.core.NotNowException;
import dev.concordat.store.Branches;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.XADataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.Xid;
import org.jspecify.annotations.Nullable;

/**
 * Connections to one XA resource, some kept for the next who need one: an {@code XADataSource} is
 * no pool.
 */
final class XaConnections {

  private static final int KEPT = 16;

  private final String name;
  private final XADataSource source;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<XaLink> idle = new ArrayDeque<>();
  private boolean closed;

  XaConnections(String name, XADataSource source) {
    this.name = name;
    this.source = source;
  }

  /**
   * One that is kept, or a new one.
   *
   * @throws NotNowException if there is none to be had
   */
  XaLink take() {
    XaLink kept = kept();
    return kept == null ? fresh() : kept;
  }

  private @Nullable XaLink kept() {
    lock.lock();
    try {
      return idle.pollFirst();
    } finally {
      lock.unlock();
    }
  }

  private XaLink fresh() {
    try {
      return XaLink.to(source);
    } catch (SQLException | RuntimeException e) {
      throw notNow(e);
    }
  }

  NotNowException notNow(Exception e) {
    return new NotNowException(
        "XA resource '" + name + "' does not answer, so nothing was done: " + Xa.message(e), e);
  }

  /** A connection on which that branch has begun. */
  XaLink begun(Xid xid, Branches.Limits limits) {
    while (true) {
      XaLink link = take();
      boolean mayBeStale = link.isUsed();
      try {
        link.start(xid, limits);
        return link;
      } catch (SQLException | XAException | RuntimeException e) {
        drop(link);
        if (!mayBeStale) {
          throw notNow(e);
        }
      }
    }
  }

  /** Keeps one that works, for the next; with its settings as they were, if a user had it. */
  void giveBack(XaLink link, boolean lent) {
    try {
      if (lent) {
        link.reset();
      }
    } catch (SQLException | RuntimeException e) {
      drop(link);
      return;
    }
    lock.lock();
    try {
      if (!closed && idle.size() < KEPT) {
        idle.addFirst(link);
        return;
      }
    } finally {
      lock.unlock();
    }
    link.close();
  }

  /** Closes one that failed. The kept ones may have broken with it, and cost little to replace. */
  void drop(XaLink link) {
    link.close();
    closeAll();
  }

  private void closeAll() {
    for (XaLink kept = kept(); kept != null; kept = kept()) {
      kept.close();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    closeAll();
  }
}
