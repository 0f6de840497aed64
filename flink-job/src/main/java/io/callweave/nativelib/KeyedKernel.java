package io.callweave.nativelib;

/**
 * A kernel that learns from one bucket for the next, key by key. What it knows of a key is a value
 * that its operator keeps.
 *
 * <p>For each bucket of a key, in order of the buckets: {@link #load} what was saved last, push the
 * blocks, fire, {@link #save}, drain. Between two such turns it may work other keys.
 */
public interface KeyedKernel extends CellKernel {
  /**
   * Takes up what was saved of a key. Comes before the first block.
   *
   * @param state empty for a key that is new
   * @throws KernelException if it is damaged, or of a version that is not read
   */
  void load(byte[] state);

  /** What has to be known of the key when its next bucket is worked. Comes after the fire. */
  byte[] save();
}
