package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The jar beside the job's: a native library, and its licences. */
class ParquetJarIT {
  private static final long MAX_BYTES = 12 << 20;

  private static BuiltJar jar;

  @BeforeAll
  static void findJar() throws IOException {
    jar = BuiltJar.of("callweave-parquet");
  }

  @Test
  void theJarIsSmallAndHasTheLibraryAndNoClass() throws IOException {
    assertThat(Files.size(jar.path)).isLessThan(MAX_BYTES);
    assertThat(jar.entries)
        .allMatch(
            entry ->
                entry.matches(
                    "META-INF/(MANIFEST.MF|LICENSE|NOTICE|licenses/.+|maven/.+"
                        + "|native/linux-(x86_64|aarch64)/(libcallweave-parquet.so|libcallweave.sha256))"))
        .anyMatch(entry -> entry.endsWith("/libcallweave-parquet.so"));
  }

  @Test
  void theLicencesThatTheNoticePointsToAreThereAndNoOthers() throws IOException {
    jar.checkLicences();
  }
}
