-- To which services the time of chains goes, by the hour: time that their calls are to blame for, and time in which
-- they waited for nobody.

SELECT
  FLOOR(window_end TO HOUR) AS hour_begins,
  service,
  SUM(`count`) AS calls,
  SUM(critical_msec) AS critical_msec,
  SUM(self_msec) AS self_msec,
  CAST(SUM(critical_msec) AS DOUBLE) / SUM(`count`) AS critical_msec_a_call
FROM services
GROUP BY FLOOR(window_end TO HOUR), service;
