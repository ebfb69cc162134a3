package dev.concordat.examples.peers;

import tools.jackson.databind.json.JsonMapper;

/**
 * What a service is told to do wrong.
 *
 * @param refuse the step that it refuses, or an empty text
 * @param deafTo the type of the events that it does not hear, or an empty text
 * @param stopAt the moment at which to say so and stand still, or an empty text
 */
public record Instructions(String refuse, String deafTo, String stopAt) {

  /** Nothing wrong. */
  public static final Instructions NONE = new Instructions("", "", "");

  /** The same without standing still. */
  public Instructions withoutStop() {
    return new Instructions(refuse, deafTo, "");
  }

  /** As JSON. */
  public String toJson() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  /** From JSON. */
  public static Instructions read(String json) {
    return JsonMapper.shared().readValue(json, Instructions.class);
  }
}
