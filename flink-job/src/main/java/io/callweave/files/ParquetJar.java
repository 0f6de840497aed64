package io.callweave.files;

import io.callweave.connector.MissingJar;
import io.callweave.nativelib.ParquetLibrary;
import io.callweave.options.OptionsException;

/** The jar that writes and reads Parquet: it is not in the job's own. */
final class ParquetJar {
  private ParquetJar() {}

  static boolean isThere() {
    return ParquetLibrary.isOnClassPath();
  }

  /**
   * @param option that wants it, with its value
   * @throws OptionsException if it is not there
   */
  static void require(String option) {
    if (!isThere()) {
      throw MissingJar.wantedBy(option, ParquetLibrary.JAR);
    }
  }
}
