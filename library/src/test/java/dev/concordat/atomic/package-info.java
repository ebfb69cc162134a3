/** Tests of atomic commit. */
@NullMarked
package dev.concordat.atomic;

import org.jspecify.annotations.NullMarked;
