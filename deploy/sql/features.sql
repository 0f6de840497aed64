-- What is known of each service at the end of each window, for a feature store: the last row of a service is its
-- value now, and a row says nothing that was not known at its window_end.
--
-- The windows are taken as a minute long (window-ms). Rates and means of 5 and of 60 minutes are exact; a percentile
-- of several windows lies between the lowest and the highest of theirs, and is given as the highest.

CREATE TABLE service_features (
  service STRING,
  window_end TIMESTAMP(3),
  rate_per_s_1m DOUBLE,
  mean_msec_1m DOUBLE,
  p50_msec_1m DOUBLE,
  p95_msec_1m DOUBLE,
  p99_msec_1m DOUBLE,
  rate_per_s_5m DOUBLE,
  mean_msec_5m DOUBLE,
  p95_msec_5m_at_most DOUBLE,
  rate_per_s_60m DOUBLE,
  mean_msec_60m DOUBLE,
  p95_msec_60m_at_most DOUBLE,
  critical_share_1m DOUBLE,
  PRIMARY KEY (service) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '${features}',
  'properties.bootstrap.servers' = '${bootstrap}',
  'properties.isolation.level' = 'read_committed',
  'key.format' = 'json',
  'value.format' = 'json'
);

INSERT INTO service_features
SELECT
  service,
  window_end,
  rate_per_s,
  mean_msec,
  p50_msec,
  p95_msec,
  p99_msec,
  calls_5m / 300.0,
  CAST(sum_msec_5m AS DOUBLE) / calls_5m,
  p95_msec_5m,
  SUM(`count`) OVER sixty / 3600.0,
  CAST(SUM(sum_msec) OVER sixty AS DOUBLE) / SUM(`count`) OVER sixty,
  MAX(p95_msec) OVER sixty,
  critical_share
FROM (
  SELECT
    *,
    SUM(`count`) OVER five AS calls_5m,
    SUM(sum_msec) OVER five AS sum_msec_5m,
    MAX(p95_msec) OVER five AS p95_msec_5m
  FROM services
  WINDOW five AS (
    PARTITION BY service ORDER BY window_end RANGE BETWEEN INTERVAL '4' MINUTE PRECEDING AND CURRENT ROW)
)
WINDOW sixty AS (
  PARTITION BY service ORDER BY window_end RANGE BETWEEN INTERVAL '59' MINUTE PRECEDING AND CURRENT ROW);
