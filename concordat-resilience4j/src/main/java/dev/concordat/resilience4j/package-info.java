/**
 * Guards calls to outside systems with Resilience4j: {@link
 * dev.concordat.resilience4j.Resilience4jGuard}.
 */
@NullMarked
package dev.concordat.resilience4j;

import org.jspecify.annotations.NullMarked;
