package dev.concordat.tcc;

import dev.concordat.runner.EventJson;
import dev.concordat.store.Entry;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Events to rows and back. All kinds but those that the engine writes begin with {@code Tcc}, which
 * tells these journals from others.
 */
final class TccJournal {

  private static final String PREFIX = "Tcc";

  /** What the engine writes into journals of every protocol. */
  private static final Set<Class<?>> OF_THE_ENGINE =
      Set.of(TccEvent.TakenOver.class, TccEvent.HandedOver.class);

  private static final EventJson<TccEvent> JSON =
      new EventJson<>(
          TccEvent.class, Arrays.stream(TccEvent.class.getPermittedSubclasses()), TccJournal::name);

  private TccJournal() {}

  private static String name(Class<?> kind) {
    return (OF_THE_ENGINE.contains(kind) ? "" : PREFIX) + kind.getSimpleName();
  }

  /** Whether a journal that begins with this entry is one of these. */
  static boolean isOurs(Entry first) {
    return JSON.begins(first, PREFIX);
  }

  /** The entry for these events. */
  static String write(List<TccEvent> events) {
    return JSON.write(events);
  }

  /** The events of these entries. */
  static List<TccEvent> read(List<Entry> entries) {
    return JSON.read(entries);
  }

  static List<TccEvent> read(Entry entry) {
    return JSON.read(entry);
  }
}
