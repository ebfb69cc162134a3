/** What the scenarios' businesses are about, and their services tell each other. */
@NullMarked
package dev.concordat.examples.business;

import org.jspecify.annotations.NullMarked;
