/**
 * The store's ports in plain SQL on PostgreSQL 15 or newer. {@link
 * dev.concordat.postgres.PostgresStore} wires them. Not exported.
 */
@NullMarked
package dev.concordat.postgres;

import org.jspecify.annotations.NullMarked;
