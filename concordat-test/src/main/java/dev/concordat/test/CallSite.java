package dev.concordat.test;

import dev.concordat.core.FailureKind;
import dev.concordat.saga.Around;
import dev.concordat.saga.StepFailure;
import dev.concordat.tcc.TccAround;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A call of user code.
 *
 * @param id the instance's id
 * @param name the step's or branch's name
 * @param key what the other side tells repeats by, or null for code in a transaction of the journal
 */
record CallSite(String id, String name, Kind kind, int attempt, @Nullable String key) {

  /** What a call is for. */
  enum Kind {
    STEP("Step", true),
    COMPENSATION("Compensation", false),
    LOOK_UP("LookUp", false),
    TRY("Try", true),
    CONFIRM("Confirm", false),
    CANCEL("Cancel", false);

    private final String point;
    private final boolean forward;

    Kind(String point, boolean forward) {
      this.point = point;
      this.forward = forward;
    }

    /** What fails in a situation, and what the business may refuse. */
    boolean isForward() {
      return forward;
    }
  }

  static CallSite of(Around.Site site) {
    Kind kind =
        switch (site.kind()) {
          case STEP -> Kind.STEP;
          case COMPENSATION -> Kind.COMPENSATION;
          case LOOK_UP -> Kind.LOOK_UP;
        };
    String key = site.call() == null ? null : site.call().key();
    return new CallSite(site.of().id(), site.step(), kind, site.attempt(), key);
  }

  static CallSite of(TccAround.Site site) {
    Kind kind =
        switch (site.operation()) {
          case TRY -> Kind.TRY;
          case CONFIRM -> Kind.CONFIRM;
          case CANCEL -> Kind.CANCEL;
        };
    String key = site.call() == null ? null : site.call().branch() + " " + site.call().body();
    return new CallSite(site.of().id(), site.branch(), kind, site.attempt(), key);
  }

  /** What user code throws to say that. */
  Exception trouble(FailureKind failure, String message) {
    return switch (kind) {
      case STEP, COMPENSATION, LOOK_UP -> new StepFailure(failure, message);
      case TRY, CONFIRM, CANCEL -> new IOException(message);
    };
  }

  boolean isInside() {
    return key == null;
  }

  /** The fault point's name, without its count. */
  String point() {
    return (isInside() ? "Local" : "") + kind.point + "." + name;
  }

  /** Whose call it is. */
  String whose() {
    return id + "/" + name;
  }

  @Override
  public String toString() {
    return id + " " + kind + " '" + name + "' attempt " + attempt;
  }
}
