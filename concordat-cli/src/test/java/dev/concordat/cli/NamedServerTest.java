package dev.concordat.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a server that the environment names is there is asked before anything is started. */
class NamedServerTest {

  private static final NamedServer SERVER = new NamedServer("SOME_URL", "Server", 1);

  private static void look(String address) {
    SERVER.requireListening(Map.of("SOME_URL", address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:1",
        "127.0.0.1:1, 127.0.0.1:1",
        "amqp://guest:secret@127.0.0.1",
        "nats://guest:secret@127.0.0.1:1",
        "jdbc:mariadb://127.0.0.1/db?user=guest&password=secret"
      })
  void oneThatIsNotThereIsNamedWithoutItsPassword(String address) {
    assertThatThrownBy(() -> look(address))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.exit()).isEqualTo(Exit.UNREACHABLE))
        .hasMessageStartingWith("SOME_URL names a Server, and nobody answers there")
        .hasMessageNotContaining("secret");
  }

  @Test
  void oneThatIsThereWillDo() throws IOException {
    try (ServerSocket there = new ServerSocket(0, 9, InetAddress.getByName("127.0.0.1"))) {
      String place = "127.0.0.1:" + there.getLocalPort();
      for (String address :
          new String[] {
            place,
            "127.0.0.1:1," + place,
            "amqp://guest:secret@" + place + "/host",
            "jdbc:mariadb://" + place + "/db?password=a"
          }) {
        assertThatCode(() -> look(address)).doesNotThrowAnyException();
      }
    }
  }

  @Test
  void noneThatIsNamedAndOneThatCannotBeReadAreLeftToOthers() {
    assertThatCode(() -> SERVER.requireListening(Map.of())).doesNotThrowAnyException();
    assertThatCode(() -> look(" ")).doesNotThrowAnyException();
    assertThatCode(() -> look("jdbc:mariadb://a b")).doesNotThrowAnyException();
  }
}
