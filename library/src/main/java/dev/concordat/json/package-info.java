/** States as JSON, by Jackson: the default {@link dev.concordat.core.StateCodec}. */
@NullMarked
package dev.concordat.json;

import org.jspecify.annotations.NullMarked;
