/**
 * Services that hold something for a moment, and what they all do with their tables: {@link
 * dev.concordat.examples.hold.Holds}.
 */
@NullMarked
package dev.concordat.examples.hold;

import org.jspecify.annotations.NullMarked;
