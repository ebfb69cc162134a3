/** Tests of what guards calls to outside systems. */
@NullMarked
package dev.concordat.resilience4j;

import org.jspecify.annotations.NullMarked;
