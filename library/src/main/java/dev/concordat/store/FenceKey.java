package dev.concordat.store;

import dev.concordat.core.Bytes;
import java.util.UUID;

/**
 * Which row of a fence.
 *
 * @param transaction a UUID of version 7: it tells which part of the fence the row is in
 * @param branch the branch's name in it
 * @param hash of what it is about: a row with another is not the same
 */
public record FenceKey(UUID transaction, String branch, Bytes hash) {}
