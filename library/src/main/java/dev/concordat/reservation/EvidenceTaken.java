package dev.concordat.reservation;

/** What became of a piece of evidence. In all cases it is durable. */
public sealed interface EvidenceTaken {

  /**
   * An instance has that key, and takes the evidence up; the same piece twice counts once.
   *
   * @param instance the instance's id
   */
  record Posted(String instance) implements EvidenceTaken {}

  /**
   * No instance has that key: it is kept until a person acknowledges it.
   *
   * @param isNew false if the same piece was kept before
   */
  record Stray(boolean isNew) implements EvidenceTaken {}
}
