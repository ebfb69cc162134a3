/**
 * Reserve and confirm, for systems that nobody controls: hold locally, call the outside system,
 * then confirm or release what is held. What nobody knows yet is a state, and evidence resolves it.
 * Start with {@link dev.concordat.reservation.Evidence}.
 */
@NullMarked
package dev.concordat.reservation;

import org.jspecify.annotations.NullMarked;
