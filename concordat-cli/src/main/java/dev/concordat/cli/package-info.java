/** The {@code concordat} command; {@link dev.concordat.cli.Main} is where it begins. */
@NullMarked
package dev.concordat.cli;

import org.jspecify.annotations.NullMarked;
