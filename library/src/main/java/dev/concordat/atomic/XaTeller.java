package dev.concordat.atomic;

import dev.concordat.core.BranchEnding;
import dev.concordat.core.BranchId;
import dev.concordat.core.NotNowException;
import dev.concordat.store.Branches;
import java.sql.SQLException;
import javax.transaction.xa.XAException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells branches in an XA resource the decision: on the connection they were prepared on, if this
 * process has it, for MariaDB lets no other end them while it is open.
 */
final class XaTeller implements Branches.Teller {

  private static final Logger LOG = LoggerFactory.getLogger(XaTeller.class);

  private final XaBranches branches;

  XaTeller(XaBranches branches) {
    this.branches = branches;
  }

  @Override
  public BranchEnding commit(BranchId id) {
    return end(id, true);
  }

  @Override
  public BranchEnding rollBack(BranchId id) {
    return end(id, false);
  }

  private BranchEnding end(BranchId id, boolean commits) {
    XaLink parked = branches.unpark(id);
    XaLink link;
    try {
      link = parked == null ? branches.connections().take() : parked;
    } catch (NotNowException e) {
      LOG.debug("branch {} could not be told the decision, and is told again", id, e);
      return BranchEnding.AGAIN;
    }
    try {
      BranchEnding ending = end(link, new XaName(id), commits);
      branches.connections().giveBack(link, true);
      return ending;
    } catch (XAException | SQLException | RuntimeException e) {
      branches.connections().drop(link);
      LOG.debug("branch {} could not be told the decision, and is told again", id, e);
      return BranchEnding.AGAIN;
    }
  }

  private BranchEnding end(XaLink link, XaName name, boolean commits)
      throws XAException, SQLException {
    try {
      if (commits) {
        link.xa().commit(name, false);
      } else {
        link.xa().rollback(name);
      }
      return BranchEnding.DONE;
    } catch (XAException e) {
      BranchEnding known = known(link, name, e.errorCode, commits);
      if (known != null) {
        return known;
      }
      if (Xa.isRolledBack(e) && !commits) {
        return BranchEnding.DONE;
      }
      if (e.errorCode == XAException.XAER_NOTA || Xa.isRolledBack(e)) {
        return found(link, name, commits);
      }
      throw e;
    }
  }

  /** What the resource decided alone. What it had to decide so anyway is no harm, and forgotten. */
  private static @Nullable BranchEnding known(XaLink link, XaName name, int code, boolean commits)
      throws XAException {
    return switch (code) {
      case XAException.XA_HEURCOM, XAException.XA_HEURRB -> {
        if (commits == (code == XAException.XA_HEURCOM)) {
          link.xa().forget(name);
          yield BranchEnding.ALREADY;
        }
        yield BranchEnding.HEURISTIC;
      }
      case XAException.XA_HEURMIX, XAException.XA_HEURHAZ -> BranchEnding.HEURISTIC;
      default -> null;
    };
  }

  /**
   * The resource knows no such branch, or says so as long as another connection has it. Once it is
   * not listed any more it has ended, and its row, looked for only then, says how.
   */
  private BranchEnding found(XaLink link, XaName name, boolean commits)
      throws XAException, SQLException {
    if (branches.listed(link).contains(name.id())) {
      return BranchEnding.AGAIN;
    }
    boolean committed = branches.tables().isNoted(link.sql(), name.id());
    return committed == commits ? BranchEnding.ALREADY : BranchEnding.HEURISTIC;
  }

  @Override
  public void close() {
    // It keeps nothing: connections are the branches'.
  }
}
