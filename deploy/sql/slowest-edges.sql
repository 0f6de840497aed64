-- The ten slowest edges of each hour. The mean is that of all calls of the hour; worst_p99_msec is the highest of
-- the windows' percentiles, which that of the hour does not exceed.

SELECT hour_begins, place, src, dst, calls, mean_msec, worst_p99_msec, max_msec
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY hour_begins ORDER BY worst_p99_msec DESC, src ASC, dst ASC) AS place
  FROM (
    SELECT
      FLOOR(window_end TO HOUR) AS hour_begins,
      src,
      dst,
      SUM(`count`) AS calls,
      CAST(SUM(sum_msec) AS DOUBLE) / SUM(`count`) AS mean_msec,
      MAX(p99_msec) AS worst_p99_msec,
      MAX(max_msec) AS max_msec
    FROM edges
    GROUP BY FLOOR(window_end TO HOUR), src, dst
  )
)
WHERE place <= 10;
