package dev.concordat.local;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's own jars, which travel inside the jar {@code concordat-local-kafka} and are unpacked once
 * for each user and version. The broker sees them and nothing else, and our user never sees them.
 */
final class KafkaJars {
  private static final String PLACE = "/dev/concordat/local/kafka/";
  private static final String LIST = PLACE + "list";

  private KafkaJars() {}

  /** The class path of a broker. */
  static String classPath() {
    List<String> jars = list(KafkaJars.class.getResourceAsStream(LIST));
    try {
      String name = "kafka-" + fingerprint(jars);
      Path home =
          Unpacked.provide(
              Cache.folder(), name, folder -> hasAll(folder, jars), part -> unpack(jars, part));
      return jars.stream()
          .map(jar -> home.resolve(jar).toString())
          .collect(Collectors.joining(File.pathSeparator));
    } catch (IOException e) {
      throw new LocalServerException("Kafka could not be unpacked: " + e.getMessage(), e);
    }
  }

  static List<String> list(@Nullable InputStream resource) {
    if (resource == null) {
      throw new LocalServerException(
          "There is no Kafka on the class path: add dev.concordat:concordat-local-kafka to the"
              + " dependencies, or set "
              + KafkaRecipe.VARIABLE
              + " to the address of a broker that runs.");
    }
    try (resource) {
      String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      return Stream.of(text.strip().split(":")).map(KafkaJars::fileName).toList();
    } catch (IOException e) {
      throw new LocalServerException("The list of Kafka's jars cannot be read.", e);
    }
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Names the versions, so that another Kafka gets another folder. */
  private static String fingerprint(List<String> jars) {
    CRC32 sum = new CRC32();
    sum.update(String.join(":", jars).getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(sum.getValue());
  }

  private static boolean hasAll(Path folder, List<String> jars) {
    return jars.stream().allMatch(jar -> Files.isRegularFile(folder.resolve(jar)));
  }

  private static void unpack(List<String> jars, Path part) throws IOException {
    Files.createDirectory(part);
    for (String jar : jars) {
      try (InputStream in = KafkaJars.class.getResourceAsStream(PLACE + jar)) {
        if (in == null) {
          throw new IOException("concordat-local-kafka lists " + jar + " and does not hold it");
        }
        Files.copy(in, part.resolve(jar));
      }
    }
  }
}
