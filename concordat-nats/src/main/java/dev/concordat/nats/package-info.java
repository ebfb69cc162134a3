/** A {@link dev.concordat.messaging.Sink} that sends to JetStream of NATS. */
@NullMarked
package dev.concordat.nats;

import org.jspecify.annotations.NullMarked;
