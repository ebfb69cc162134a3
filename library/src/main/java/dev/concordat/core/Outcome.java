package dev.concordat.core;

import java.util.function.Function;

/**
 * What became of a call whose effect lies outside our own transaction: it happened, it certainly
 * did not, or nobody can say yet.
 *
 * @param <T> what a call that happened gave back
 */
public sealed interface Outcome<T> {

  /** It happened, and this is what it gave back. */
  record Done<T>(T value) implements Outcome<T> {}

  /** It certainly did not happen, and will not. The reason is for people. */
  record Refused<T>(String reason) implements Outcome<T> {}

  /** It may have happened. Ask again with the same key before deciding anything. */
  record Unknown<T>(String detail) implements Outcome<T> {}

  /** The same outcome with the value of {@link Done} mapped. */
  default <R> Outcome<R> map(Function<? super T, ? extends R> mapping) {
    return switch (this) {
      case Done<T> done -> new Done<>(mapping.apply(done.value()));
      case Refused<T> refused -> new Refused<>(refused.reason());
      case Unknown<T> unknown -> new Unknown<>(unknown.detail());
    };
  }
}
