package dev.concordat;

import dev.concordat.core.RefusedException;
import dev.concordat.engine.Engine;
import dev.concordat.engine.Script;
import dev.concordat.reservation.Reservations;
import dev.concordat.saga.Sagas;
import dev.concordat.tcc.Tccs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What one engine drives, protocol by protocol. */
record Protocols(Sagas sagas, Tccs tccs, Reservations reservations) {

  /**
   * All definitions, as the engine drives them.
   *
   * @throws RefusedException if two of them have one label
   */
  List<Script<?, ?, ?, ?>> scripts() {
    List<Script<?, ?, ?, ?>> all = new ArrayList<>(sagas.scripts());
    all.addAll(tccs.scripts());
    all.addAll(reservations.scripts());
    Set<String> labels = new HashSet<>();
    for (Script<?, ?, ?, ?> script : all) {
      if (!labels.add(label(script))) {
        throw new RefusedException(
            "two definitions are "
                + label(script)
                + "; give one another name, since the journal tells them apart by it");
      }
    }
    return all;
  }

  private static String label(Script<?, ?, ?, ?> script) {
    return script.name() + "@" + script.version();
  }

  boolean isKnown(String label) {
    return scripts().stream().anyMatch(script -> label(script).equals(label));
  }

  void drivenBy(Engine engine) {
    sagas.drivenBy(engine);
    tccs.drivenBy(engine);
    reservations.drivenBy(engine);
  }
}
