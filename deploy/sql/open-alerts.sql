-- Alerts that have begun and not ended: the last record of each rule and series, where that says so.

SELECT since, rule, `of`, src, dst, entry, figure, expected, seen, exemplars
FROM (
  SELECT
    *,
    TO_TIMESTAMP(FROM_UNIXTIME(since_ms / 1000)) AS since,
    ROW_NUMBER() OVER (PARTITION BY rule, `of`, `all`, src, dst, entry ORDER BY window_end DESC) AS place
  FROM alerts
)
WHERE place = 1 AND `state` = 'firing';
