/** The scenarios, run with real processes. */
@NullMarked
package dev.concordat.examples;

import org.jspecify.annotations.NullMarked;
