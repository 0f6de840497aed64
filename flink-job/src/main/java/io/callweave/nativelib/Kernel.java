package io.callweave.nativelib;

import java.util.List;

/** What can be seen of an open kernel, whatever it does. For any thread, but for the counts. */
public interface Kernel extends AutoCloseable {
  /** The names of what the kernel counts. */
  List<String> counterNames();

  /** What was counted since the last call of this method, in order of the names. */
  long[] takeCounts();

  /** Time spent in the kernel since it was opened, ns. */
  long nanos();

  /** Off-heap bytes held, 0 once closed. Waits for what the kernel is doing. */
  long memoryBytes();

  /** Closes the kernel, the first time it is called. */
  @Override
  void close();
}
