package dev.concordat.messaging;

import dev.concordat.core.MessageKey;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keys that are parked. Never changes: adding and removing give another one, which shares all but
 * what changed. So many keys cost a decision nothing.
 */
final class ParkedKeys extends AbstractSet<MessageKey> {

  // Beyond this, or this part of all, what changed becomes part of what is shared.
  private static final int LEAST_CHANGES = 1024;
  private static final int PART = 256;

  private final Set<MessageKey> shared;
  // Not in shared.
  private final Set<MessageKey> added;
  // All in shared.
  private final Set<MessageKey> removed;

  private ParkedKeys(Set<MessageKey> shared, Set<MessageKey> added, Set<MessageKey> removed) {
    this.shared = shared;
    this.added = added;
    this.removed = removed;
  }

  /** These keys; copies them, unless they are such a set. */
  static ParkedKeys of(Set<MessageKey> keys) {
    return keys instanceof ParkedKeys same
        ? same
        : new ParkedKeys(Set.copyOf(keys), Set.of(), Set.of());
  }

  ParkedKeys with(Collection<MessageKey> more) {
    if (containsAll(more)) {
      return this;
    }
    Set<MessageKey> nowAdded = new HashSet<>(added);
    Set<MessageKey> nowRemoved = new HashSet<>(removed);
    for (MessageKey key : more) {
      if (!nowRemoved.remove(key) && !shared.contains(key)) {
        nowAdded.add(key);
      }
    }
    return changed(nowAdded, nowRemoved);
  }

  ParkedKeys without(Collection<MessageKey> gone) {
    if (gone.stream().noneMatch(this::contains)) {
      return this;
    }
    Set<MessageKey> nowAdded = new HashSet<>(added);
    Set<MessageKey> nowRemoved = new HashSet<>(removed);
    for (MessageKey key : gone) {
      if (!nowAdded.remove(key) && shared.contains(key)) {
        nowRemoved.add(key);
      }
    }
    return changed(nowAdded, nowRemoved);
  }

  private ParkedKeys changed(Set<MessageKey> nowAdded, Set<MessageKey> nowRemoved) {
    ParkedKeys next = new ParkedKeys(shared, nowAdded, nowRemoved);
    int most = Math.max(LEAST_CHANGES, shared.size() / PART);
    return nowAdded.size() + nowRemoved.size() <= most
        ? next
        : new ParkedKeys(new HashSet<>(next), Set.of(), Set.of());
  }

  @Override
  public boolean contains(@Nullable Object key) {
    return key != null && (added.contains(key) || (shared.contains(key) && !removed.contains(key)));
  }

  @Override
  public Iterator<MessageKey> iterator() {
    Stream<MessageKey> kept = shared.stream().filter(key -> !removed.contains(key));
    return Stream.concat(kept, added.stream()).iterator();
  }

  @Override
  public int size() {
    return shared.size() - removed.size() + added.size();
  }
}
