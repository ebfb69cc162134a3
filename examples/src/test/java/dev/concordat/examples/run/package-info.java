/** Storms: everything is killed while a scenario runs. */
@NullMarked
package dev.concordat.examples.run;

import org.jspecify.annotations.NullMarked;
