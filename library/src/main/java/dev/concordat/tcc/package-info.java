/**
 * Try, confirm, cancel: every participant first holds what it needs, and all holds are confirmed or
 * all cancelled. Start with {@link dev.concordat.tcc.TccCall}.
 */
@NullMarked
package dev.concordat.tcc;

import org.jspecify.annotations.NullMarked;
