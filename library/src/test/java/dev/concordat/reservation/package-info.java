/** The reservation's machine, searched and tried. */
@NullMarked
package dev.concordat.reservation;

import org.jspecify.annotations.NullMarked;
