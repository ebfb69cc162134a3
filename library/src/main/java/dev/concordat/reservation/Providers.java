package dev.concordat.reservation;

import dev.concordat.runner.Gates;
import dev.concordat.runner.Outside;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The outside systems of one Concordat: how many calls of each kind may run at once. */
final class Providers {

  private final Outside live;
  private final Outside reconciling;
  private final Map<String, Pace> paces = new HashMap<>();

  Providers(List<Reservation<?>> reservations, Map<String, Integer> limits) {
    Map<String, Integer> asks = new HashMap<>();
    for (Reservation<?> each : reservations) {
      asks.merge(each.provider(), each.code().asksAtOnce(), Math::min);
    }
    asks.forEach((provider, most) -> paces.put(provider, new Pace(most)));
    this.live = new Outside(new Gates(limits));
    this.reconciling = new Outside(new Gates(asks));
  }

  Outside live() {
    return live;
  }

  Outside reconciling() {
    return reconciling;
  }

  Pace pace(String provider) {
    return Objects.requireNonNull(paces.get(provider));
  }
}
