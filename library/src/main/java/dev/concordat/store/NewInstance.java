package dev.concordat.store;

import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * An instance to be created.
 *
 * @param no its number, from {@link Instances#reserveNumbers}; what journals refer to
 * @param id what its user calls it; unique in this store, 1 to 200 characters without NUL
 * @param uid random, made once; idempotency keys are derived from it
 * @param definition the name of its definition
 * @param version the version of its definition
 * @param inputHash what tells one input from another when it is started twice
 * @param attributes what it can be searched by
 * @param parent the number of the instance that started it, if one did
 * @param owner the worker that runs it from the start, or empty to leave it to whoever claims it
 */
public record NewInstance(
    long no,
    String id,
    UUID uid,
    String definition,
    int version,
    String inputHash,
    Map<String, String> attributes,
    OptionalLong parent,
    OptionalLong owner) {

  /** The fencing token every instance is born with. */
  public static final long FIRST_TOKEN = 1;

  /** Copies the attributes. */
  public NewInstance {
    attributes = Map.copyOf(attributes);
  }
}
