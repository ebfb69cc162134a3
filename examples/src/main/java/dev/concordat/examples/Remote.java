package dev.concordat.examples;

import dev.concordat.examples.services.Services;
import dev.concordat.http.Http;
import dev.concordat.http.HttpStep;
import dev.concordat.saga.OutsideCompensation;

/**
 * A service as a saga calls it: the state is the body, the step's name the path.
 *
 * @param http the client
 * @param address where it listens
 */
public record Remote(Http http, String address) {

  /** The call that does a step. */
  public <S> HttpStep<S> call(String step) {
    return http.<S>post(address + Services.path(step)).body(state -> state);
  }

  /** The call that counteracts one. */
  public <S> OutsideCompensation<S> undo(String compensation) {
    return this.<S>call(compensation).asCompensation();
  }
}
