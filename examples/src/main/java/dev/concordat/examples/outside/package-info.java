/**
 * Systems of others, as real servers in processes of their own: they act once per idempotency key,
 * and misbehave as they are told. {@link dev.concordat.examples.outside.OutsideProcess} is the
 * server, {@link dev.concordat.examples.outside.OutsideClient} its caller.
 */
@NullMarked
package dev.concordat.examples.outside;

import org.jspecify.annotations.NullMarked;
