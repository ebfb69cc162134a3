package dev.concordat.examples.services;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** What a service does, for those who ask it by messages instead of HTTP. */
public final class Desk {

  private static final int DONE = 200;

  private final ServicePlan plan;

  private Desk(ServicePlan plan) {
    this.plan = plan;
  }

  /** The desk of the service of that name. */
  public static Desk of(String service) {
    return new Desk(Services.plan(service));
  }

  /** The SQL that makes and fills the service's tables. */
  public String tables() {
    return plan.tables();
  }

  /**
   * Does a step or compensation.
   *
   * @param tx the transaction to do it in
   * @return why the business says no, or empty if it was done; if it says no, nothing was written
   */
  public Optional<String> ask(Connection tx, String step, Object request) throws SQLException {
    Endpoint endpoint = plan.endpoints().get(step);
    if (endpoint == null) {
      throw new IllegalArgumentException(plan.name() + " has no step '" + step + "'");
    }
    Reply reply = endpoint.handle(tx, JsonMapper.shared().valueToTree(request));
    return reply.status() == DONE ? Optional.empty() : Optional.of(reply.json());
  }
}
