package io.callweave.nativelib;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Scanner;

/**
 * The native library that writes and reads Parquet files beside all that the job's does: twice its
 * size, so in a jar of its own. Where that is on the class path its library takes the place of the
 * job's.
 */
public final class ParquetLibrary {
  /** The jar's name, without its version. */
  public static final String JAR = "callweave-parquet";

  private ParquetLibrary() {}

  /** Whether its jar is there, for whichever platform: a job need not run where it is submitted. */
  public static boolean isOnClassPath() {
    return NativeLibrary.PLATFORMS.stream().anyMatch(ParquetLibrary::isOnClassPath);
  }

  static boolean isOnClassPath(String platform) {
    return ParquetLibrary.class.getResource(resource(platform)) != null;
  }

  /** Its place in the jar for a platform. */
  static String resource(String platform) {
    return "/META-INF/native/" + platform + "/libcallweave-parquet.so";
  }

  /**
   * Kernels of another build would take the place of those that the job's jar was tested with.
   *
   * @throws IllegalStateException if it was not built together with the job's library
   */
  static void requireSameBuild(String platform) throws IOException {
    String found = sha256(NativeLibrary.resource(platform));
    String expected = builtBeside(platform);
    if (!found.equals(expected)) {
      throw new IllegalStateException(
          String.format(
              "The jar %s was not built together with the job's jar, whose native library has the"
                  + " checksum %.12s where it expects %.12s: take both from one build",
              JAR, found, expected));
    }
  }

  private static String builtBeside(String platform) throws IOException {
    String resource = "/META-INF/native/" + platform + "/libcallweave.sha256";
    try (InputStream in = open(resource);
        Scanner text = new Scanner(in, "US-ASCII")) {
      return text.hasNext() ? text.next() : "nothing";
    }
  }

  private static String sha256(String resource) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[64 * 1024];
      try (InputStream in = new DigestInputStream(open(resource), digest)) {
        while (in.read(buffer) >= 0) {
          continue;
        }
      }
      return String.format("%064x", new BigInteger(1, digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = ParquetLibrary.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IOException(resource + " is not in any jar");
    }
    return in;
  }
}
