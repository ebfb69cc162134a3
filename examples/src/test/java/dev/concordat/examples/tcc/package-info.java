/** What takes part by try, confirm and cancel, and what only looks so. */
@NullMarked
package dev.concordat.examples.tcc;

import org.jspecify.annotations.NullMarked;
