/** Measurements of Concordat beside the same work in plain SQL. */
@NullMarked
package dev.concordat.bench;

import org.jspecify.annotations.NullMarked;
