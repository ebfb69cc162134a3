package dev.concordat.atomic;

/** How a three-phase commit is ended whose coordinator is silent. */
public enum ThreePhaseTermination {

  /**
   * Quorums and ballots: safe under partitions, delays and crashes. Whoever has no quorum waits.
   * After Keidar and Dolev, "Increasing the resilience of distributed and replicated database
   * systems" (E3PC), JCSS 57 (1998).
   */
  QUORUM,

  /**
   * The textbook's rule: who does not answer in time is dead. For study only: a partition, or a
   * pause longer than the patience, makes one part commit and the other abort. After Skeen,
   * "Nonblocking commit protocols", SIGMOD 1981.
   */
  UNSAFE_TIMEOUT
}
