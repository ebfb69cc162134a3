package dev.concordat.saga;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Merges records component by component: each branch may change components of its own. Two branches
 * that give one component different values are a mistake in the saga, and said to be.
 */
final class RecordMerger<S> implements BranchMerger<S> {

  private final Class<S> type;

  RecordMerger(Class<S> type) {
    this.type = type;
  }

  @Override
  public S merge(S before, List<S> after) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = merged(components[i], before, after);
    }
    return construct(components, values);
  }

  private @Nullable Object merged(RecordComponent component, S before, List<S> after) {
    Object old = read(component, before);
    Object merged = old;
    for (S state : after) {
      Object mine = read(component, state);
      if (!Objects.equals(mine, old)) {
        if (!Objects.equals(merged, old) && !Objects.equals(merged, mine)) {
          throw new IllegalStateException(
              "two parallel branches gave '"
                  + component.getName()
                  + "' of "
                  + type.getSimpleName()
                  + " different values: let each change components of its own, or declare"
                  + " merging(…)");
        }
        merged = mine;
      }
    }
    return merged;
  }

  private static @Nullable Object read(RecordComponent component, Object from) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(from);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  private S construct(RecordComponent[] components, @Nullable Object[] values) {
    try {
      Constructor<S> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type.getName(), e);
    }
  }
}
