-- Entries whose chains have changed shape: a window in which they have a fifth more or fewer calls, or are deeper or
-- flatter by half a call, than in the ten windows before and this one.

SELECT window_end, entry, mean_calls, usual_calls, mean_depth, usual_depth, exemplars
FROM (
  SELECT
    window_end,
    entry,
    mean_calls,
    mean_depth,
    exemplars,
    AVG(mean_calls) OVER ten AS usual_calls,
    AVG(mean_depth) OVER ten AS usual_depth,
    COUNT(mean_calls) OVER ten AS windows_seen
  FROM entries
  WINDOW ten AS (PARTITION BY entry ORDER BY window_end ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)
)
WHERE windows_seen > 5
  AND (ABS(mean_calls - usual_calls) > 0.2 * usual_calls OR ABS(mean_depth - usual_depth) > 0.5);
