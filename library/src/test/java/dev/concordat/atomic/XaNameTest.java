package dev.concordat.atomic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.concordat.core.BranchId;
import dev.concordat.core.BranchId.Place;
import dev.concordat.core.RefusedException;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: who finds a branch of XA knows all of its name (P10). Method: names, there and back. */
class XaNameTest {

  private static BranchId branch(String id, String place) {
    return new BranchId(id, "0123456789abcdef", new Place(place, "89abcdef"), "01234567");
  }

  @ParameterizedTest
  @ValueSource(strings = {"t", "transfer-81", "a:b c/ö%", "1234567890", "ö"})
  void thereAndBack(String id) {
    for (int times = 1; times * id.length() * (id.equals("ö") ? 6 : 1) <= 30; times++) {
      BranchId branch = branch(id.repeat(times), "a".repeat(BranchId.MAX_NAME));
      XaName name = new XaName(branch);
      assertThat(name.getGlobalTransactionId()).hasSizeLessThanOrEqualTo(Xid.MAXGTRIDSIZE);
      assertThat(name.getBranchQualifier()).hasSizeLessThanOrEqualTo(Xid.MAXBQUALSIZE);
      assertThat(XaName.read(name)).contains(branch);
    }
  }

  @Test
  void theLongest() {
    BranchId branch = branch("x".repeat(XaName.MAX_ID), "a".repeat(BranchId.MAX_NAME));
    assertThat(XaName.read(new XaName(branch))).contains(branch);
    assertThat(new XaName(branch).getBranchQualifier()).hasSizeLessThanOrEqualTo(Xid.MAXBQUALSIZE);
    assertThatThrownBy(() -> new XaName(branch("x".repeat(XaName.MAX_ID + 1), "a")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("at most 64 bytes");
  }

  @Test
  void branchesOfOneAttemptShareTheFirstPartAndDifferInTheSecond() {
    XaName one = new XaName(branch("transfer-81", "ledger"));
    XaName other = new XaName(branch("transfer-81", "accounts"));
    assertThat(one.getGlobalTransactionId())
        .isEqualTo(other.getGlobalTransactionId())
        .asString()
        .isEqualTo("0123456789abcdef:01234567:transfer-81");
    assertThat(one.getBranchQualifier()).asString().isEqualTo("ledger@89abcdef:");
    assertThat(other.getBranchQualifier()).asString().isEqualTo("accounts@89abcdef:");
  }
}
