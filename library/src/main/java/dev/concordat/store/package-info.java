/**
 * What must be durable, as small ports. Each method says what is on disk when it returns and what
 * an error means. {@link dev.concordat.store.Store} bundles them; {@link
 * dev.concordat.store.MemoryStore} implements them in memory for tests and passes the same contract
 * tests as PostgreSQL.
 */
@NullMarked
package dev.concordat.store;

import org.jspecify.annotations.NullMarked;
