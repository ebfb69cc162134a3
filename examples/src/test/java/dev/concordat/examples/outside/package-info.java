/** Tests of the outside systems. */
@NullMarked
package dev.concordat.examples.outside;

import org.jspecify.annotations.NullMarked;
