package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvRowsTest {
  @TempDir Path folder;

  private static final LineFormat<String> LINKS = CsvRows.of("links", json -> json.getBytes(UTF_8));

  private static String row(String json) {
    return new String(LINKS.line(json), UTF_8);
  }

  @Test
  void theColumnsOfEachOutputAreThoseOfParquet() throws Exception {
    List<String> outputs = Files.readAllLines(Paths.get("src/test/resources/columns.tsv"));
    for (String line : outputs) {
      String[] output = line.split("\t", 2);
      assertThat(new String(CsvRows.of(output[0], json -> new byte[0]).header(), UTF_8))
          .as(output[0])
          .isEqualTo(output[1]);
    }
    assertThat(outputs).hasSize(5);
  }

  @Test
  void aRowHasTheFieldsOfTheHeader() {
    assertThat(new String(LINKS.header(), UTF_8)).startsWith("id,src_ip,dst_ip,start_at_ms,");
    assertThat(
            row(
                "{\"id\":\"b\",\"src_ip\":\"10.0.0.2\",\"dst_ip\":\"[::1]:80\",\"start_at_ms\":1100,"
                    + "\"latency_msec\":200.5,\"end_at_ms\":1300,\"parents\":[\"a\",\"a,b\"],"
                    + "\"children\":[]}"))
        .isEqualTo("b,10.0.0.2,[::1]:80,1100,200.5,1300,\"[\"\"a\"\",\"\"a,b\"\"]\",[],,");
  }

  @Test
  void textsAreWithoutEscapesAndInQuotesWhereCsvWantsThem() {
    assertThat(row("{\"id\":\"a\\\"b\\u00fc\\n\\\\\", \"src_ip\" : \"\", \"dst_ip\":null}"))
        .isEqualTo("\"a\"\"bü\n\\\",\"\",,,,,,,,");
  }

  @Test
  void fieldsWithoutColumnAreLeftOutWhateverTheyHold() {
    assertThat(row("{\"more\":{\"id\":\"x\",\"list\":[{\"}\":\"]\"}]},\"id\":7,\"z\":[1,{}]}"))
        .isEqualTo("7,,,,,,,,,");
    assertThat(row("{}")).isEqualTo(",,,,,,,,,");
  }

  @Test
  void whatIsWrittenAsCsvIsReadFromIt() throws Exception {
    String text = new String(LINKS.header(), UTF_8) + "\n" + row("{\"id\":\"a,\\n\\\"\"}") + "\n";
    Path file = Files.write(folder.resolve("a.csv"), text.getBytes(UTF_8));
    try (TextRecords records = TextRecords.open(file.toUri().toString(), 0, 1_000)) {
      assertThat(new String(records.next(), UTF_8))
          .startsWith("{\"id\":\"a,\\u000a\\\"\",\"src_ip\":null,");
      assertThat(records.next()).isNull();
    }
  }
}
