package dev.concordat.choreography;

/** The headers by which an event says to which flow it belongs. */
public final class FlowHeaders {

  /** The flow's id. */
  public static final String FLOW = "concordat-flow";

  /** Which flow it is one of. */
  public static final String NAME = "concordat-flow-name";

  /** The id of the event that caused this one. */
  public static final String CAUSE = "concordat-cause";

  /** How many events were before it in its chain of causes. */
  public static final String HOP = "concordat-hop";

  private FlowHeaders() {}
}
