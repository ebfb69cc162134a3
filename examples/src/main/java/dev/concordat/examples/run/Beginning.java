package dev.concordat.examples.run;

import tools.jackson.databind.json.JsonMapper;

/**
 * Which instances a service is to begin.
 *
 * @param first the number of the first
 * @param runs how many
 * @param unluckyEvery every how many one is unlucky; 0 for none
 */
record Beginning(long first, int runs, int unluckyEvery) {

  boolean isUnlucky(long number) {
    return unluckyEvery > 0 && (number - first + 1) % unluckyEvery == 0;
  }

  long last() {
    return first + runs - 1;
  }

  String toJson() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  static Beginning read(String json) {
    return JsonMapper.shared().readValue(json, Beginning.class);
  }
}
