package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.route.InputRecord;
import io.callweave.route.RejectedRecord;
import io.callweave.stage.ResultRecord;
import org.junit.jupiter.api.Test;

class LinesTest {
  private static String result(String json) {
    byte[] line = Lines.result(new ResultRecord(new byte[0], json.getBytes(UTF_8)));
    return new String(line, UTF_8);
  }

  private static String reject(byte[] value, String detail) {
    RejectedRecord rejected =
        new RejectedRecord(new InputRecord(3, 17, value), "malformed", detail);
    return new String(Lines.reject(rejected, "calls"), UTF_8);
  }

  @Test
  void aResultIsALineAsItIs() {
    assertThat(result("{\"id\":\"ü\"}")).isEqualTo("{\"id\":\"ü\"}");
  }

  @Test
  void aFieldThatWasWrittenOverSeveralLinesIsOne() {
    assertThat(result("{\"more\":{\n\"a\":1,\r\n\"b\":2}}"))
        .isEqualTo("{\"more\":{ \"a\":1,  \"b\":2}}");
  }

  @Test
  void aRejectHasItsReasonItsPlaceAndItsValue() {
    assertThat(reject("{\"id\":\"a\\b\"\n}".getBytes(UTF_8), "a\tb"))
        .isEqualTo(
            "{\"reason\":\"malformed\",\"detail\":\"a\\u0009b\",\"source\":\"calls\",\"split\":3,"
                + "\"position\":17,\"value\":\"{\\\"id\\\":\\\"a\\\\b\\\"\\u000a}\"}");
  }

  @Test
  void aRejectThatIsNoTextIsInBase64() {
    assertThat(reject(new byte[] {(byte) 0xff, 0}, "")).endsWith(",\"value_base64\":\"/wA=\"}");
  }

  @Test
  void aRecordWithoutValueIsToldFromAnEmptyOne() {
    assertThat(reject(null, "")).endsWith(",\"value\":null}");
    assertThat(reject(new byte[0], "")).endsWith(",\"value\":\"\"}");
  }
}
