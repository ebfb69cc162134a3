/** Commits that are atomic over several databases or services. */
@NullMarked
package dev.concordat.atomic;

import org.jspecify.annotations.NullMarked;
