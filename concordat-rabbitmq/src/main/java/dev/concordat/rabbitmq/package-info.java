/** A {@link dev.concordat.messaging.Sink} that sends to RabbitMQ. */
@NullMarked
package dev.concordat.rabbitmq;

import org.jspecify.annotations.NullMarked;
