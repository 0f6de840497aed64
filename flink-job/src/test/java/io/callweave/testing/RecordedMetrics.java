package io.callweave.testing;

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/** A group of metrics that knows them by name, with the groups before it. */
public final class RecordedMetrics extends UnregisteredMetricsGroup {
  private final String scope;
  private final Map<String, Metric> metrics;

  public RecordedMetrics() {
    this("", new TreeMap<>());
  }

  private RecordedMetrics(String scope, Map<String, Metric> metrics) {
    this.scope = scope;
    this.metrics = metrics;
  }

  /** The metric of that name, as "callweave.read" or "callweave.reason=late.rejected". */
  public Metric get(String name) {
    return metrics.get(name);
  }

  @Override
  public MetricGroup addGroup(String name) {
    return new RecordedMetrics(scope + name + ".", metrics);
  }

  @Override
  public MetricGroup addGroup(String key, String value) {
    return addGroup(key + "=" + value);
  }

  @Override
  public Counter counter(String name) {
    return counter(name, super.counter(name));
  }

  @Override
  public <C extends Counter> C counter(String name, C counter) {
    metrics.put(scope + name, counter);
    return counter;
  }

  @Override
  public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
    metrics.put(scope + name, gauge);
    return gauge;
  }

  @Override
  public <H extends Histogram> H histogram(String name, H histogram) {
    metrics.put(scope + name, histogram);
    return histogram;
  }
}
