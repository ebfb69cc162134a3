package dev.concordat.json;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.type.CollectionType;

/**
 * Writes sets without an order of their own in the order of their elements' texts. {@code Set.of}
 * has another order in every process, and the same input must have the same text in all of them.
 */
final class SortedSets extends SimpleModule {

  private static final long serialVersionUID = 1L;

  SortedSets() {
    super("sorted sets");
    setSerializerModifier(new Modifier());
  }

  private static final class Modifier extends ValueSerializerModifier {
    private static final long serialVersionUID = 1L;

    @Override
    @SuppressWarnings("unchecked") // the serializer of a set takes sets
    public ValueSerializer<?> modifyCollectionSerializer(
        SerializationConfig config,
        CollectionType type,
        BeanDescription.Supplier description,
        ValueSerializer<?> serializer) {
      boolean hasNoOrder =
          Set.class.isAssignableFrom(type.getRawClass())
              && !SequencedSet.class.isAssignableFrom(type.getRawClass());
      return hasNoOrder ? new Sorting((ValueSerializer<Object>) serializer) : serializer;
    }
  }

  private static final class Sorting extends ValueSerializer<Set<?>> {

    private final ValueSerializer<Object> real;

    Sorting(ValueSerializer<Object> real) {
      this.real = real;
    }

    @Override
    public void resolve(SerializationContext context) {
      real.resolve(context);
    }

    @Override
    @SuppressWarnings("unchecked") // contextual or not, it takes sets
    public ValueSerializer<?> createContextual(
        SerializationContext context, BeanProperty property) {
      return new Sorting((ValueSerializer<Object>) real.createContextual(context, property));
    }

    @Override
    public void serialize(Set<?> set, JsonGenerator generator, SerializationContext context) {
      real.serialize(
          set.stream()
              .sorted(Comparator.comparing(JsonMapper.shared()::writeValueAsString))
              .collect(Collectors.toCollection(LinkedHashSet::new)),
          generator,
          context);
    }

    @Override
    public boolean isEmpty(SerializationContext context, Set<?> set) {
      return set.isEmpty();
    }
  }
}
