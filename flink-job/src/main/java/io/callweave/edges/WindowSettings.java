package io.callweave.edges;

import io.callweave.nativelib.KernelSettings;
import io.callweave.options.JobOptions;
import java.io.Serializable;

/** The windows that Link and Chain make sums for, if any are written or judged. */
public final class WindowSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  private final boolean made;
  private final long windowMs;
  private final long slideMs;
  private final String services;
  private final long maxLatencyMs;

  /** Settings with these options of the job. */
  public WindowSettings(JobOptions options) {
    made = options.outputs().makesWindows();
    windowMs = options.windowMs();
    slideMs = options.windowSlideMs();
    services = options.services();
    maxLatencyMs = options.maxLatencyMs();
  }

  /** Has Link make sums of edges. */
  public void addEdges(KernelSettings link) {
    if (made) {
      KernelSettings edges =
          new KernelSettings().with("services", services).with("max_latency_ms", maxLatencyMs);
      addWindows(edges);
      link.with("edges", edges);
    }
  }

  /** Has Chain make sums of entries and services. */
  public void addWindows(KernelSettings chain) {
    if (made) {
      KernelSettings windows =
          new KernelSettings().with("window_ms", windowMs).with("slide_ms", slideMs);
      chain.with("windows", windows);
    }
  }
}
