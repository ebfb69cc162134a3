/**
 * Reads the files that outside systems settle money by, as evidence of what happened there: {@link
 * dev.concordat.settlement.SettlementFile}.
 */
@NullMarked
package dev.concordat.settlement;

import org.jspecify.annotations.NullMarked;
