/** The services of {@code transfer-3pc}, its coordinator, and the network between them. */
@NullMarked
package dev.concordat.examples.threephase;

import org.jspecify.annotations.NullMarked;
