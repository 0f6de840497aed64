-- Edges whose calls have doubtful parents, by the hour: how confident their links are on average, and how many are
-- less likely than 0.9.

SELECT
  FLOOR(end_at TO HOUR) AS hour_begins,
  hop.src,
  hop.dst,
  COUNT(*) AS calls,
  AVG(hop.confidence) AS mean_confidence,
  SUM(CASE WHEN hop.confidence < 0.9 THEN 1 ELSE 0 END) AS doubtful
FROM chains
CROSS JOIN UNNEST(hops) AS hop (
  id, parent, confidence, src_ip, dst_ip, src, dst, start_at_ms, latency_msec, end_at_ms, depth, offset_msec,
  self_msec, critical_msec)
WHERE hop.parent IS NOT NULL
GROUP BY FLOOR(end_at TO HOUR), hop.src, hop.dst;
