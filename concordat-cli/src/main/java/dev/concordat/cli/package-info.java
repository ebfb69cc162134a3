/** The {@code concordat} command. */
@NullMarked
package dev.concordat.cli;

import org.jspecify.annotations.NullMarked;
