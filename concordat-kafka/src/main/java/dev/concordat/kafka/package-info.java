/** Sends to Kafka, and receives from it. */
@NullMarked
package dev.concordat.kafka;

import org.jspecify.annotations.NullMarked;
