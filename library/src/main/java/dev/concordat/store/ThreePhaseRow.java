package dev.concordat.store;

/**
 * What one participant of a three-phase commit has on its disk.
 *
 * @param gid the transaction's id, the same for all participants
 * @param participant its name
 * @param state where it stands, as a word of the protocol
 * @param promised the ballot below which it takes part in nothing more
 * @param attempt the ballot of its last pre-commit or pre-abort, or -1
 * @param coordinator who it voted yes for, or an empty text
 * @param reason why it refused, or an empty text
 * @param plan who takes part, as a text; empty if it was never asked to vote
 * @param work what it is to do, in its own words; empty if it was never asked to vote
 */
public record ThreePhaseRow(
    String gid,
    String participant,
    String state,
    long promised,
    long attempt,
    String coordinator,
    String reason,
    String plan,
    String work) {}
