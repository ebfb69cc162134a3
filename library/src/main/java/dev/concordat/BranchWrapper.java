package dev.concordat;

import dev.concordat.store.AtomicDatabase;
import dev.concordat.store.Branches;

/** Stands between Concordat and what takes part in its two-phase commits: for tests. */
public interface BranchWrapper {

  /** Around a PostgreSQL. */
  AtomicDatabase around(AtomicDatabase database);

  /** Around an XA resource; nothing unless said. */
  default Branches around(Branches resource) {
    return resource;
  }
}
