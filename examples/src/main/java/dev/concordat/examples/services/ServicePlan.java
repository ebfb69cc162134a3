package dev.concordat.examples.services;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a service is.
 *
 * @param name its name, and that of its database
 * @param tables the SQL that makes and fills its tables
 * @param endpoints what it does, by the name of the step or compensation
 */
record ServicePlan(String name, String tables, Map<String, Endpoint> endpoints) {

  ServicePlan(String name, String tables) {
    this(name, tables, Map.of());
  }

  ServicePlan endpoint(String step, Endpoint endpoint) {
    Map<String, Endpoint> more = new LinkedHashMap<>(endpoints);
    more.put(step, endpoint);
    return new ServicePlan(name, tables, more);
  }

  /** The path at which a step is served. */
  static String path(String step) {
    return "/" + step.toLowerCase(Locale.ROOT).replace(' ', '-');
  }
}
