/** A service that takes part in transactions by try, confirm and cancel. */
@NullMarked
package dev.concordat.examples.tcc;

import org.jspecify.annotations.NullMarked;
