-- Entries whose chains have changed shape: a window in which they have a fifth more or fewer calls, or are deeper or
-- flatter by half a call, than in this one and the ten minutes before. The windows are taken as a minute long
-- (window-ms). Each is counted in the ten minutes behind it, too, so it does not matter which comes first.

SELECT window_end, entry, mean_calls, usual_calls, mean_depth, usual_depth, exemplar
FROM (
  SELECT
    TO_TIMESTAMP(FROM_UNIXTIME((window_end_ms + 60000 * age) / 1000)) AS window_end,
    entry,
    MAX(CASE WHEN age = 0 THEN mean_calls END) AS mean_calls,
    AVG(mean_calls) AS usual_calls,
    MAX(CASE WHEN age = 0 THEN mean_depth END) AS mean_depth,
    AVG(mean_depth) AS usual_depth,
    MAX(CASE WHEN age = 0 THEN exemplars[1] END) AS exemplar,
    COUNT(*) AS windows_seen
  FROM (SELECT *, ARRAY[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] AS ages FROM entries)
  CROSS JOIN UNNEST(ages) AS minutes (age)
  GROUP BY entry, window_end_ms + 60000 * age
)
WHERE windows_seen > 5
  AND (ABS(mean_calls - usual_calls) > 0.2 * usual_calls OR ABS(mean_depth - usual_depth) > 0.5);
