/** Business scenarios, each with services and databases of its own. */
@NullMarked
package dev.concordat.examples;

import org.jspecify.annotations.NullMarked;
