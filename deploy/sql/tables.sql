-- Callweave's topics as tables of Flink SQL 1.12. scripts/sql puts values for ${bootstrap} and the topics' names.
--
-- All read committed records alone, from the beginning. A time is in the session's time zone (table.local-time-zone).
-- The watermark waits for ${delay_min} minutes, since a reader gets the records of a topic in an order that is not that of
-- their times. Where a job works a backlog, no delay is surely long enough: the files beside this one do without.

CREATE TABLE linked (
  id STRING,
  src_ip STRING,
  dst_ip STRING,
  start_at_ms BIGINT,
  latency_msec DOUBLE,
  end_at_ms BIGINT,
  parents ARRAY<STRING>,
  children ARRAY<STRING>,
  parents_omitted BIGINT,
  children_omitted BIGINT,
  end_at AS TO_TIMESTAMP(FROM_UNIXTIME(end_at_ms / 1000)),
  WATERMARK FOR end_at AS end_at - INTERVAL '${delay_min}' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = '${linked}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TABLE chains (
  chain STRING,
  trace_id STRING,
  start_at_ms BIGINT,
  end_at_ms BIGINT,
  total_msec DOUBLE,
  calls BIGINT,
  depth BIGINT,
  width BIGINT,
  confidence DOUBLE,
  entry STRING,
  services BIGINT,
  calls_omitted BIGINT,
  hops ARRAY<ROW<
    id STRING,
    parent STRING,
    confidence DOUBLE,
    src_ip STRING,
    dst_ip STRING,
    src STRING,
    dst STRING,
    start_at_ms BIGINT,
    latency_msec DOUBLE,
    end_at_ms BIGINT,
    depth BIGINT,
    offset_msec DOUBLE,
    self_msec DOUBLE,
    critical_msec DOUBLE>>,
  critical_path ARRAY<STRING>,
  end_at AS TO_TIMESTAMP(FROM_UNIXTIME(end_at_ms / 1000)),
  WATERMARK FOR end_at AS end_at - INTERVAL '${delay_min}' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = '${chains}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

-- The topic of windows has those of edges, entries and services, and the latter two come later: by max-latency-ms and
-- about 7 s, in a backlog by more. So each kind has a table in which the others move time as much later again, and a
-- view of its own records: a partition that has none of the kind does not hold time. `count` is a word of SQL.

CREATE TABLE edge_records (
  kind STRING,
  src STRING,
  dst STRING,
  window_start_ms BIGINT,
  window_end_ms BIGINT,
  `count` BIGINT,
  rate_per_s DOUBLE,
  sum_msec BIGINT,
  mean_msec DOUBLE,
  sd_msec DOUBLE,
  min_msec BIGINT,
  max_msec BIGINT,
  p50_msec DOUBLE,
  p90_msec DOUBLE,
  p95_msec DOUBLE,
  p99_msec DOUBLE,
  exemplars ARRAY<STRING>,
  series_omitted BIGINT,
  without_parent BIGINT,
  at_latency_limit BIGINT,
  window_end AS CASE
    WHEN kind = 'edge' THEN TO_TIMESTAMP(FROM_UNIXTIME(window_end_ms / 1000))
    ELSE TO_TIMESTAMP(FROM_UNIXTIME(window_end_ms / 1000)) - INTERVAL '${delay_min}' MINUTE
  END,
  WATERMARK FOR window_end AS window_end - INTERVAL '${delay_min}' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = '${edges}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE VIEW edges AS SELECT * FROM edge_records WHERE kind = 'edge';

CREATE TABLE entry_records (
  kind STRING,
  entry STRING,
  window_start_ms BIGINT,
  window_end_ms BIGINT,
  `count` BIGINT,
  rate_per_s DOUBLE,
  sum_msec BIGINT,
  mean_msec DOUBLE,
  sd_msec DOUBLE,
  min_msec BIGINT,
  max_msec BIGINT,
  p50_msec DOUBLE,
  p90_msec DOUBLE,
  p95_msec DOUBLE,
  p99_msec DOUBLE,
  exemplars ARRAY<STRING>,
  series_omitted BIGINT,
  mean_calls DOUBLE,
  max_calls BIGINT,
  mean_depth DOUBLE,
  max_depth BIGINT,
  window_end AS CASE
    WHEN kind = 'entry' THEN TO_TIMESTAMP(FROM_UNIXTIME(window_end_ms / 1000))
    ELSE TO_TIMESTAMP(FROM_UNIXTIME(window_end_ms / 1000)) - INTERVAL '${delay_min}' MINUTE
  END,
  WATERMARK FOR window_end AS window_end - INTERVAL '${delay_min}' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = '${edges}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE VIEW entries AS SELECT * FROM entry_records WHERE kind = 'entry';

CREATE TABLE service_records (
  kind STRING,
  service STRING,
  window_start_ms BIGINT,
  window_end_ms BIGINT,
  `count` BIGINT,
  rate_per_s DOUBLE,
  sum_msec BIGINT,
  mean_msec DOUBLE,
  sd_msec DOUBLE,
  min_msec BIGINT,
  max_msec BIGINT,
  p50_msec DOUBLE,
  p90_msec DOUBLE,
  p95_msec DOUBLE,
  p99_msec DOUBLE,
  exemplars ARRAY<STRING>,
  series_omitted BIGINT,
  critical_msec BIGINT,
  critical_share DOUBLE,
  self_msec BIGINT,
  window_end AS CASE
    WHEN kind = 'service' THEN TO_TIMESTAMP(FROM_UNIXTIME(window_end_ms / 1000))
    ELSE TO_TIMESTAMP(FROM_UNIXTIME(window_end_ms / 1000)) - INTERVAL '${delay_min}' MINUTE
  END,
  WATERMARK FOR window_end AS window_end - INTERVAL '${delay_min}' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = '${edges}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE VIEW services AS SELECT * FROM service_records WHERE kind = 'service';

-- One record when an alert begins, one when it ends. `of`, `all`, `state` and `count` are words of SQL.
CREATE TABLE alerts (
  rule STRING,
  `state` STRING,
  why STRING,
  `of` STRING,
  `all` BOOLEAN,
  src STRING,
  dst STRING,
  entry STRING,
  since_ms BIGINT,
  window_start_ms BIGINT,
  window_end_ms BIGINT,
  figure STRING,
  expected DOUBLE,
  seen DOUBLE,
  `count` BIGINT,
  exemplars ARRAY<STRING>,
  window_end AS TO_TIMESTAMP(FROM_UNIXTIME(window_end_ms / 1000)),
  WATERMARK FOR window_end AS window_end - INTERVAL '${delay_min}' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = '${alerts}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);
