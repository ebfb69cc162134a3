/** The door of Concordat. */
@NullMarked
package dev.concordat;

import org.jspecify.annotations.NullMarked;
