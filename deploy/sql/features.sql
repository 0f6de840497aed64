-- What is known of each service at the end of each window, for a feature store: a row says nothing that was not known
-- at its window_end, and that of a service with the highest window_end is its value now.
--
-- The windows are taken as a minute long (window-ms). Rates and means of 5 and of 60 minutes are exact; a percentile
-- of several windows lies between the lowest and the highest of theirs, and is given as the highest.
--
-- Each window is counted in the rows of the 59 minutes behind it, too, so it does not matter in which order windows
-- come: one that comes behind others corrects their rows. A row is written when its own window is there.

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
  PRIMARY KEY (service, window_end) NOT ENFORCED
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
  TO_TIMESTAMP(FROM_UNIXTIME(end_ms / 1000)),
  rate_per_s,
  mean_msec,
  p50_msec,
  p95_msec,
  p99_msec,
  calls_5m / 300.0,
  CAST(sum_msec_5m AS DOUBLE) / calls_5m,
  p95_msec_5m,
  calls_60m / 3600.0,
  CAST(sum_msec_60m AS DOUBLE) / calls_60m,
  p95_msec_60m,
  critical_share
FROM (
  SELECT
    service,
    window_end_ms + 60000 * age AS end_ms,
    MAX(CASE WHEN age = 0 THEN rate_per_s END) AS rate_per_s,
    MAX(CASE WHEN age = 0 THEN mean_msec END) AS mean_msec,
    MAX(CASE WHEN age = 0 THEN p50_msec END) AS p50_msec,
    MAX(CASE WHEN age = 0 THEN p95_msec END) AS p95_msec,
    MAX(CASE WHEN age = 0 THEN p99_msec END) AS p99_msec,
    MAX(CASE WHEN age = 0 THEN critical_share END) AS critical_share,
    SUM(CASE WHEN age < 5 THEN `count` END) AS calls_5m,
    SUM(CASE WHEN age < 5 THEN sum_msec END) AS sum_msec_5m,
    MAX(CASE WHEN age < 5 THEN p95_msec END) AS p95_msec_5m,
    SUM(`count`) AS calls_60m,
    SUM(sum_msec) AS sum_msec_60m,
    MAX(p95_msec) AS p95_msec_60m
  FROM (
    SELECT *, ARRAY[
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
      20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
      40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59
    ] AS ages FROM services
  )
  CROSS JOIN UNNEST(ages) AS minutes (age)
  GROUP BY service, window_end_ms + 60000 * age
)
WHERE rate_per_s IS NOT NULL;
