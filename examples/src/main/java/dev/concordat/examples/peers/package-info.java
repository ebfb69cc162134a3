/**
 * Services that talk by messages: each is a {@link dev.concordat.examples.peers.Peer}, started in a
 * process of its own with a {@link dev.concordat.examples.peers.Line} to the broker.
 */
@NullMarked
package dev.concordat.examples.peers;

import org.jspecify.annotations.NullMarked;
