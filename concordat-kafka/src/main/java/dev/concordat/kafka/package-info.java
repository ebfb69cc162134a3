/** A {@link dev.concordat.messaging.Sink} that sends to Kafka. */
@NullMarked
package dev.concordat.kafka;

import org.jspecify.annotations.NullMarked;
