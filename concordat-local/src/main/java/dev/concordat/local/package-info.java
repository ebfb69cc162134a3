/** Real servers on this machine, without Docker: {@code LocalPostgres} is the entry. */
@NullMarked
package dev.concordat.local;

import org.jspecify.annotations.NullMarked;
