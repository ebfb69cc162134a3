/** Tests of the messages' room. */
@NullMarked
package dev.concordat.messaging;

import org.jspecify.annotations.NullMarked;
