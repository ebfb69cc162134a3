package dev.concordat.cli;

import dev.concordat.core.RefusedException;
import dev.concordat.messaging.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code doctor} found: system for system, with those that did not answer. */
final class Diagnosis {

  /**
   * One system that was to be looked at.
   *
   * @param name of the system
   * @param place where it is, without secrets
   */
  private record Patient(String name, String place, List<Finding> findings, List<String> silent) {}

  /** Asks one thing of a system. */
  @FunctionalInterface
  interface Look {
    List<Finding> findings();
  }

  private final List<Patient> patients = new ArrayList<>();
  private final Set<String> allowed;

  Diagnosis(Set<String> allowed) {
    this.allowed = Set.copyOf(allowed);
  }

  /** Takes all looks, whether or not the one before had an answer. */
  void lookAt(String name, String place, Look... looks) {
    List<Finding> findings = new ArrayList<>();
    List<String> silent = new ArrayList<>();
    for (Look look : looks) {
      try {
        look.findings().forEach(found -> findings.add(judged(found)));
      } catch (RefusedException | Problem e) {
        silent.add(Secrets.hidden(String.valueOf(e.getMessage())));
      }
    }
    patients.add(new Patient(name, place, findings, silent));
  }

  private Finding judged(Finding found) {
    return allowed.contains(found.setting()) ? found.allowed() : found;
  }

  boolean isEmpty() {
    return patients.isEmpty();
  }

  /** Refused if anything is; else unreachable if anybody did not answer. */
  int exit() {
    if (refused() > 0) {
      return Exit.REFUSED;
    }
    boolean answered = patients.stream().allMatch(patient -> patient.silent().isEmpty());
    return answered ? Exit.DONE : Exit.UNREACHABLE;
  }

  private long refused() {
    return patients.stream()
        .flatMap(patient -> patient.findings().stream())
        .filter(Finding::refused)
        .count();
  }

  ObjectNode document() {
    ObjectNode document = Documents.empty();
    ArrayNode looked = document.putArray("looked_at");
    ArrayNode findings = document.putArray("findings");
    ArrayNode unanswered = document.putArray("unanswered");
    for (Patient patient : patients) {
      looked.addObject().put("system", patient.name()).put("place", patient.place());
      for (Finding found : patient.findings()) {
        findings
            .addObject()
            .put("system", patient.name())
            .put("setting", found.setting())
            .put("value", found.value())
            .put("cost", found.cost())
            .put("verdict", verdict(found));
      }
      patient
          .silent()
          .forEach(why -> unanswered.addObject().put("system", patient.name()).put("why", why));
    }
    return document;
  }

  private static String verdict(Finding found) {
    return found.refused() ? "refuse" : "warn";
  }

  String text(Screen screen) {
    StringBuilder text = new StringBuilder();
    for (Patient patient : patients) {
      text.append(screen.styled("bold", patient.name()))
          .append(patient.place().isEmpty() ? "" : " at " + Texts.plain(patient.place()))
          .append('\n');
      patient.findings().forEach(found -> print(found, screen, text));
      patient
          .silent()
          .forEach(why ->
              text.append("  ")
                  .append(screen.styled("bold,red", "silent"))
                  .append("  ")
                  .append(Texts.plain(why))
                  .append('\n'));
      if (patient.findings().isEmpty() && patient.silent().isEmpty()) {
        text.append("  ").append(screen.styled("green", "sound")).append('\n');
      }
    }
    return text.toString();
  }

  private static void print(Finding found, Screen screen, StringBuilder text) {
    text.append("  ")
        .append(screen.styled(found.refused() ? "bold,red" : "yellow", verdict(found)))
        .append(found.refused() ? "  " : "    ")
        .append(Texts.plain(found.setting() + " is " + found.value()))
        .append("\n          ")
        .append(Texts.plain(found.cost()))
        .append('\n');
  }

  /** What it comes to, in a sentence. */
  String summary() {
    long refused = refused();
    long silent = patients.stream().mapToLong(patient -> patient.silent().size()).sum();
    return (refused == 0 ? "Nothing is refused" : refused + " refused: change it, or --allow it")
        + (silent == 0 ? "." : "; " + silent + " not answered, so not checked.");
  }
}
