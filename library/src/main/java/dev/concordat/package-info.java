/**
 * The door: {@link dev.concordat.Concordat}, which wires the rooms and holds no logic. Declare
 * sagas with {@link dev.concordat.saga.Saga#named}.
 */
@NullMarked
package dev.concordat;

import org.jspecify.annotations.NullMarked;
