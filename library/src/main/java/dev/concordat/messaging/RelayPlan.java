package dev.concordat.messaging;

import dev.concordat.core.Portion;
import dev.concordat.core.RetryPolicy;
import java.time.Duration;

/**
 * The limits of a relay.
 *
 * @param window the most that is read and not behind the checkpoint, but for one message
 * @param page the most that is read at once
 * @param checkpointEvery how long messages may be settled without a checkpoint
 * @param dueEvery how often to look for parked messages that are due
 * @param holdAfter after how many failures in a row a message that others have overtaken is parked,
 *     to be tried again later
 * @param retry how long to wait when the other side cannot take anything
 */
record RelayPlan(
    Portion window,
    Portion page,
    Duration checkpointEvery,
    Duration dueEvery,
    int holdAfter,
    RetryPolicy retry) {}
