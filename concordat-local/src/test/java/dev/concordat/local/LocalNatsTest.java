package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers are written to, killed and restarted, and keep what they acknowledged. */
class LocalNatsTest {
  private static LocalNats one;
  private static LocalNats other;

  @BeforeAll
  static void start() {
    one = LocalNats.start();
    other = LocalNats.start();
  }

  @AfterAll
  static void close() {
    one.close();
    other.close();
    assertThat(one.dataFolder()).doesNotExist();
    assertThatThrownBy(one::restart).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void keepsWhatItAcknowledgedWhenKilledAndRestartsInThePlaceOfTheLast() throws Exception {
    String stream = createStream(one);
    for (int i = 0; i < 100; i++) {
      write(one, stream, "before");
    }
    long pid = one.pid();
    String address = one.url();

    one.kill();
    assertThat(one.isRunning()).isFalse();
    one.restart();

    assertThat(one.url()).isEqualTo(address);
    assertThat(one.pid()).isNotEqualTo(pid);
    write(one, stream, "after");
    assertThat(read(one, stream, 100)).isEqualTo("before");
    assertThat(read(one, stream, 101)).isEqualTo("after");
  }

  @Test
  void serversDoNotDisturbEachOther() throws Exception {
    String stream = createStream(other);

    try (Connection here = Nats.connect(one.url());
        Connection there = Nats.connect(other.url())) {
      assertThat(there.jetStreamManagement().getStreamNames()).contains(stream);
      assertThat(here.jetStreamManagement().getStreamNames()).doesNotContain(stream);
    }
  }

  @Test
  void theNextServerFindsTheDataOfTheLast(@TempDir Path folder) throws Exception {
    String stream;
    try (LocalNats nats = LocalNats.start(folder)) {
      stream = createStream(nats);
      write(nats, stream, "message");
    }
    try (LocalNats nats = LocalNats.start(folder)) {
      assertThat(read(nats, stream, 1)).isEqualTo("message");
      nats.stop();
      nats.stop();
      nats.restart();
      assertThat(read(nats, stream, 1)).isEqualTo("message");
    }
    assertThat(folder.resolve("nats.log")).isNotEmptyFile();
  }

  @Test
  void whatTheServerSaidIsShownIfItDoesNotStart(@TempDir Path folder) throws Exception {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("data"), "a file in the place of a folder");

    assertThatThrownBy(() -> LocalNats.start(folder))
        .isInstanceOf(LocalServerException.class)
        .hasMessageContaining("NATS did not start (it ended). It said:\n");
  }

  @Test
  void whatIsMissingIsSaidInOneLine(@TempDir Path empty) {
    assertThatThrownBy(() -> NatsRecipe.program(new Search(List.of(empty)), empty))
        .isInstanceOf(LocalServerException.class)
        .hasMessage(
            "There is no nats-server here, and no apt-get to fetch it. Install nats-server, or set"
                + " CONCORDAT_NATS_URL to the address of one that runs.");
  }

  @Test
  void packageListsThatDoNotHelpAreSaidInOneLine(@TempDir Path folder) throws Exception {
    tool(folder, "apt-get", "echo 'E: Unable to locate package nats-server'; exit 100");
    tool(folder, "dpkg-deb", "exit 0");

    assertThatThrownBy(() -> NatsRecipe.program(new Search(List.of(folder)), folder))
        .isInstanceOf(LocalServerException.class)
        .hasMessage(
            "nats-server is not here, and apt-get cannot fetch it (E: Unable to locate package"
                + " nats-server). Run 'apt-get update' as root and try again. Install nats-server,"
                + " or set CONCORDAT_NATS_URL to the address of one that runs.");
  }

  private static void tool(Path folder, String name, String script) throws Exception {
    Path file = folder.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String createStream(LocalNats nats) throws Exception {
    String stream = "stream-" + UUID.randomUUID();
    try (Connection connection = Nats.connect(nats.url())) {
      connection
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name(stream)
                  .subjects(stream)
                  .storageType(StorageType.File)
                  .build());
    }
    return stream;
  }

  private static void write(LocalNats nats, String stream, String text) throws Exception {
    try (Connection connection = Nats.connect(nats.url())) {
      connection.jetStream().publish(stream, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String read(LocalNats nats, String stream, long number) throws Exception {
    try (Connection connection = Nats.connect(nats.url())) {
      MessageInfo message = connection.jetStreamManagement().getMessage(stream, number);
      return new String(message.getData(), StandardCharsets.UTF_8);
    }
  }
}
