package dev.concordat.atomic;

/** How participants are reached. May lose, repeat and delay what it carries. Thread-safe. */
public interface ThreePhaseChannel {

  /**
   * Asks a participant and waits for its answer, for a few seconds at most.
   *
   * @param address where it is, as the plan says
   * @param letter what it is asked
   * @return how it stands, which is on its disk
   * @throws Exception if no answer came: it may have been asked, and may be asked again
   */
  ThreePhaseStanding ask(String address, Letter letter) throws Exception;

  /**
   * A request to one participant.
   *
   * @param gid the transaction's id
   * @param participant its name
   * @param request what it is asked
   */
  record Letter(String gid, String participant, ThreePhaseRequest request) {}
}
