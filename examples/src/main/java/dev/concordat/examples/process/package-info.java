/** Java programs in processes of their own: {@link dev.concordat.examples.process.Child}. */
@NullMarked
package dev.concordat.examples.process;

import org.jspecify.annotations.NullMarked;
