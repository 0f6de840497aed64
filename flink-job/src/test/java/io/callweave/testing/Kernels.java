package io.callweave.testing;

import io.callweave.nativelib.KernelSettings;

/** Settings of kernels for tests. */
public final class Kernels {
  private Kernels() {}

  /** Settings of Route. */
  public static KernelSettings route(long bucketMs, long ipGroups, long maxRecordBytes) {
    return new KernelSettings()
        .with("bucket_ms", bucketMs)
        .with("ip_groups", ipGroups)
        .with("max_latency_ms", 10_000)
        .with("max_future_skew_ms", 60_000)
        .with("max_record_bytes", maxRecordBytes)
        .with("pass_through", true);
  }

  /** Settings of Link. */
  public static KernelSettings link(long bucketMs, long idGroups, long maxLinks) {
    return new KernelSettings()
        .with("bucket_ms", bucketMs)
        .with("id_groups", idGroups)
        .with("max_links", maxLinks);
  }

  /** Settings of Assemble. */
  public static KernelSettings assemble(long maxLinks) {
    return new KernelSettings().with("max_links", maxLinks);
  }
}
