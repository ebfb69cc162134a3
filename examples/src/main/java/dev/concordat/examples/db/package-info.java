/** Plain SQL for the examples: {@link dev.concordat.examples.db.Sql} and pools of connections. */
@NullMarked
package dev.concordat.examples.db;

import org.jspecify.annotations.NullMarked;
