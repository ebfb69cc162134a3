package dev.concordat.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * A test that a build skipped, as Surefire's reports tell.
 *
 * @param test its class and its name; only the class if all of it was skipped
 * @param reason why; empty if it did not say
 */
record Skipped(String test, String reason) {

  /**
   * Those of these modules.
   *
   * @param began when the build did: older reports are of others
   */
  static List<Skipped> in(List<Path> modules, Instant began) {
    return modules.stream()
        .map(module -> module.resolve("target/surefire-reports"))
        .filter(Files::isDirectory)
        .flatMap(folder -> reports(folder, began).stream())
        .flatMap(report -> in(report).stream())
        .toList();
  }

  private static List<Path> reports(Path folder, Instant began) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> reports = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        boolean isReport = name.startsWith("TEST-") && name.endsWith(".xml");
        if (isReport && !Files.getLastModifiedTime(file).toInstant().isBefore(began)) {
          reports.add(file);
        }
      }
      return reports;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the reports in " + folder, e);
    }
  }

  private static List<Skipped> in(Path report) {
    try {
      NodeList marks =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(report.toFile())
              .getElementsByTagName("skipped");
      List<Skipped> all = new ArrayList<>();
      for (int i = 0; i < marks.getLength(); i++) {
        if (marks.item(i) instanceof Element mark && mark.getParentNode() instanceof Element test) {
          all.add(of(test, mark));
        }
      }
      return all;
    } catch (IOException | SAXException | ParserConfigurationException e) {
      throw new IllegalStateException("cannot read the report " + report, e);
    }
  }

  private static Skipped of(Element test, Element mark) {
    String name = test.getAttribute("name");
    String type = test.getAttribute("classname");
    String reason = mark.getAttribute("message").strip();
    return new Skipped(name.isEmpty() ? type : type + "#" + name, reason);
  }

  /** What the end of a build says of them. */
  static String told(List<Skipped> all) {
    if (all.isEmpty()) {
      return "No test was skipped.";
    }
    return all.stream()
        .map(one -> "  " + one.test() + ": " + one.reason())
        .collect(
            Collectors.joining(
                System.lineSeparator(),
                (all.size() == 1 ? "1 test was skipped:" : all.size() + " tests were skipped:")
                    + System.lineSeparator(),
                ""));
  }
}
