/** Tests of settlement files. */
@NullMarked
package dev.concordat.settlement;

import org.jspecify.annotations.NullMarked;
