-- Edges by the share of their calls that nothing can have caused, by the hour: where traffic enters, or where records
-- of callers are missing.

SELECT
  FLOOR(window_end TO HOUR) AS hour_begins,
  src,
  dst,
  SUM(`count`) AS calls,
  CAST(SUM(without_parent) AS DOUBLE) / SUM(`count`) AS share_without_parent,
  SUM(at_latency_limit) AS at_latency_limit
FROM edges
GROUP BY FLOOR(window_end TO HOUR), src, dst;
