package io.callweave.nativelib;

import net.jpountz.lz4.LZ4Factory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The native part of the library with which Kafka's clients compress. */
public final class NativeLz4 {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLz4.class);

  private NativeLz4() {}

  /**
   * Has Kafka's clients use it where it can be had. By themselves they do so only outside of a job:
   * the library hesitates to load native code for a class loader that may come more than once. In
   * Java, to compress results costs more than to make them.
   */
  public static void prefer() {
    try {
      LZ4Factory.nativeInstance();
    } catch (LinkageError | RuntimeException e) {
      LOG.info(
          "lz4 compresses in Java, which is slower; its native library says: {}", e.toString());
    }
  }
}
