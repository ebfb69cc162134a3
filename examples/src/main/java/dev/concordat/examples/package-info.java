/**
 * Business scenarios, each with services and databases of its own. {@link
 * dev.concordat.examples.Scenarios} knows them all; {@code OrderScenario} is the one to read first.
 */
@NullMarked
package dev.concordat.examples;

import org.jspecify.annotations.NullMarked;
