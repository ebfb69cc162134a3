package dev.concordat.messaging;

import dev.concordat.core.NotNowException;
import dev.concordat.core.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a broker's settings for a {@link Sink} or a {@link Source}, and refuses those that lose
 * or repeat messages, but for those that its owner allows.
 */
public final class BrokerCheck {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerCheck.class);

  private final String broker;
  private final Set<String> allowed;
  private final String who;
  private final String verb;

  private BrokerCheck(String broker, Set<String> allowed, String who, String verb) {
    this.broker = broker;
    this.allowed = Set.copyOf(allowed);
    this.who = who;
    this.verb = verb;
  }

  /**
   * For a sink.
   *
   * @param broker its kind, for people
   * @param allowed the settings that are only warned of
   */
  public BrokerCheck(String broker, Set<String> allowed) {
    this(broker, allowed, "sink", "sent to");
  }

  /**
   * For a source.
   *
   * @param broker its kind, for people
   * @param allowed the settings that are only warned of
   */
  public static BrokerCheck ofSource(String broker, Set<String> allowed) {
    return new BrokerCheck(broker, allowed, "source", "received from");
  }

  /** A question to a broker. */
  @FunctionalInterface
  public interface Question {

    /** Asks, and throws what the client throws if there is no answer. */
    List<Finding> ask() throws Exception;
  }

  /**
   * What there is to say of its settings.
   *
   * @throws RefusedException if it does not answer
   */
  public List<Finding> findings(Question question) {
    try {
      return ask(question);
    } catch (Exception e) {
      throw new RefusedException(unasked(e) + "; nothing was " + verb + " it", e);
    }
  }

  /**
   * Warns of what is allowed and refuses the rest.
   *
   * @throws RefusedException if a setting is refused, or there is no answer
   */
  public void enforce(Question question) {
    judge(findings(question));
  }

  /**
   * The same, for one that asks again and again.
   *
   * @throws NotNowException if there is no answer
   * @throws RefusedException if a setting is refused
   */
  public void enforceOrLater(Question question) {
    List<Finding> findings;
    try {
      findings = ask(question);
    } catch (Exception e) {
      throw new NotNowException(unasked(e), e);
    }
    judge(findings);
  }

  /**
   * The same, for a start that does not wait for a broker: returns false if it does not answer.
   *
   * @throws RefusedException if a setting is refused
   */
  public boolean enforceIfThere(Question question) {
    List<Finding> findings;
    try {
      findings = ask(question);
    } catch (Exception e) {
      LOG.warn("{}; it is asked again before the first message is sent", unasked(e));
      return false;
    }
    judge(findings);
    return true;
  }

  /**
   * Refuses what can be seen without asking.
   *
   * @throws RefusedException if a setting is refused
   */
  public void refuse(List<Finding> findings) {
    refused(permitting(findings));
  }

  /** Why nothing can be sent at present, if a setting is refused or there is no answer. */
  public Optional<String> hindrance(Question question) {
    try {
      judge(ask(question));
      return Optional.empty();
    } catch (RefusedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (Exception e) {
      return Optional.of(unasked(e));
    }
  }

  private List<Finding> ask(Question question) throws Exception {
    try {
      return permitting(question.ask());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw e;
    }
  }

  private List<Finding> permitting(List<Finding> findings) {
    return findings.stream()
        .map(found -> allowed.contains(found.setting()) ? found.allowed() : found)
        .toList();
  }

  private String unasked(Exception e) {
    Throwable cause = e.getMessage() == null && e.getCause() != null ? e.getCause() : e;
    String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return broker + " could not be asked for its settings: " + why;
  }

  private void judge(List<Finding> findings) {
    refused(findings);
    for (Finding found : findings) {
      LOG.warn("{}: {}", broker, found);
    }
  }

  private void refused(List<Finding> findings) {
    List<Finding> refused = findings.stream().filter(Finding::refused).toList();
    if (!refused.isEmpty()) {
      throw new RefusedException(
          refused.stream().map(Finding::toString).collect(Collectors.joining("; "))
              + ". Nothing was "
              + verb
              + " "
              + broker
              + ". Change it, or allow it where the "
              + who
              + " is built: "
              + refused.stream()
                  .map(found -> "allowing(\"" + found.setting() + "\")")
                  .distinct()
                  .collect(Collectors.joining(", ")));
    }
  }
}
