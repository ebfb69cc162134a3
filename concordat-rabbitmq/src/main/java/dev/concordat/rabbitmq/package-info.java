/** Sends to RabbitMQ, and receives from it. */
@NullMarked
package dev.concordat.rabbitmq;

import org.jspecify.annotations.NullMarked;
