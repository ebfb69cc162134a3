/** Sends to JetStream of NATS, and receives from it. */
@NullMarked
package dev.concordat.nats;

import org.jspecify.annotations.NullMarked;
