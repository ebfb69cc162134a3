package dev.concordat.examples.services;

/**
 * A service's answer.
 *
 * @param status the HTTP status
 * @param json the body
 */
record Reply(int status, String json) {

  static final Reply DONE = new Reply(200, "{}");

  /** The business says no; nothing was changed. */
  static Reply refused(String why) {
    return new Reply(422, why);
  }

  /** It did happen, but whoever asked does not learn of it. */
  static Reply lost(String why) {
    return new Reply(503, why);
  }
}
