package dev.concordat.store;

import dev.concordat.core.Status;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * An instance as its row says; what its journal says is the truth where the two differ.
 *
 * @param no its number
 * @param id what its user calls it
 * @param uid what its idempotency keys are derived from
 * @param definition the name of its definition
 * @param version the version of its definition
 * @param status where it stands
 * @param paused whether it is paused
 * @param token the highest fencing token issued for it
 * @param owner the worker that holds it, if one does
 * @param due when it wants to be claimed next, if nobody holds it and it waits for time to pass
 * @param inputHash what tells one input from another
 * @param attributes what it can be searched by
 * @param parent the number of the instance that started it, if one did
 * @param mail how many letters were ever posted to it
 * @param createdAt when it was accepted, by the database's clock
 * @param updatedAt when this row last changed, by the database's clock
 */
public record InstanceRow(
    long no,
    String id,
    UUID uid,
    String definition,
    int version,
    Status status,
    boolean paused,
    long token,
    OptionalLong owner,
    Optional<Instant> due,
    String inputHash,
    Map<String, String> attributes,
    OptionalLong parent,
    int mail,
    Instant createdAt,
    Instant updatedAt) {

  /** Copies the attributes. */
  public InstanceRow {
    attributes = Map.copyOf(attributes);
  }
}
