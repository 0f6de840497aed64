//! When a call started and ended.

use super::fields::Fields;
use super::{invalid, is_number, kind, Limits, Reason, Rejection, MAX_TIME_MS};
use crate::number::{integer, plain, Integer};

/// Start, end and latency of a call, the one that is missing reckoned from the others.
pub struct Times {
    /// `start_at_ms`
    pub start_ms: i64,
    /// `end_at_ms`
    pub end_ms: i64,
    latency_ms: f64,
    /// Whether the end was read, not computed.
    end_given: bool,
}

impl Times {
    /// The times of a record.
    pub fn read(fields: &Fields<'_>) -> Result<Self, Rejection> {
        let start_ms = time("start_at_ms", fields.start)?.ok_or_else(|| invalid("start_at_ms is missing"))?;
        if !(0..=MAX_TIME_MS).contains(&start_ms) {
            return Err(invalid(format!("start_at_ms is {start_ms}; 0 to 2^53 is allowed")));
        }
        let latency = latency(fields.latency)?;
        Self::of(start_ms, time("end_at_ms", fields.end)?, latency.map(|(ms, _)| ms))
    }

    /// The times of a record with these values: a valid start, an end within 2^62 ms, a latency of at
    /// least 0.
    pub fn of(start_ms: i64, end_ms: Option<i64>, latency_ms: Option<f64>) -> Result<Self, Rejection> {
        match (end_ms, latency_ms) {
            (Some(end_ms), Some(latency_ms)) => Ok(Times { start_ms, end_ms, latency_ms, end_given: true }),
            (None, Some(latency_ms)) => {
                // The cast saturates; what it cuts is far above any limit of the latency.
                let end_ms = start_ms.saturating_add(latency_ms as i64);
                Ok(Times { start_ms, end_ms, latency_ms, end_given: false })
            }
            (Some(end_ms), None) if end_ms >= start_ms => {
                let latency_ms = (end_ms - start_ms) as f64;
                Ok(Times { start_ms, end_ms, latency_ms, end_given: true })
            }
            (Some(end_ms), None) => {
                Err(invalid(format!("end_at_ms ({end_ms}) lies before start_at_ms ({start_ms})")))
            }
            (None, None) => {
                Err(invalid("end_at_ms and latency_msec are both missing; one of them is wanted"))
            }
        }
    }

    /// Rejects times that disagree, a latency above the limit and a start ahead of the clock.
    pub fn check(&self, limits: &Limits) -> Result<(), Rejection> {
        let Times { start_ms, end_ms, latency_ms, .. } = *self;
        let off_ms = end_ms as f64 - start_ms as f64 - latency_ms;
        if off_ms.abs() > 1.0 && self.end_given {
            return Err(Rejection::new(
                Reason::Inconsistent,
                format!("end_at_ms ({end_ms}) is {off_ms} ms off start_at_ms ({start_ms}) plus latency_msec ({latency_ms}); 1 ms is allowed"),
            ));
        }
        if latency_ms > limits.max_latency_ms as f64 {
            return Err(Rejection::new(
                Reason::TooLong,
                format!("latency_msec is {latency_ms}; max-latency-ms allows {}", limits.max_latency_ms),
            ));
        }
        if start_ms > limits.latest_start_ms {
            return Err(Rejection::new(
                Reason::Future,
                format!(
                    "start_at_ms ({start_ms}) is {} ms later than max-future-skew-ms allows",
                    start_ms - limits.latest_start_ms
                ),
            ));
        }
        Ok(())
    }

    /// What the latency is if it is not written otherwise.
    pub fn length_ms(&self) -> i64 {
        self.end_ms - self.start_ms
    }
}

fn number<'a>(name: &str, value: Option<&'a str>) -> Result<Option<&'a str>, Rejection> {
    match value {
        Some(text) if !is_number(text) => {
            Err(invalid(format!("{name} is {}; a number is wanted", kind(text))))
        }
        text => Ok(text),
    }
}

fn time(name: &str, value: Option<&str>) -> Result<Option<i64>, Rejection> {
    let Some(text) = number(name, value)? else {
        return Ok(None);
    };
    match integer(text) {
        Integer::Value(value) if value.unsigned_abs() <= 1 << 62 => Ok(Some(value)),
        Integer::Fraction => Err(invalid(format!("{name} is {text}; an integer is wanted"))),
        _ => Err(invalid(format!("{name} is {text}; 0 to 2^53 is allowed"))),
    }
}

fn latency(value: Option<&str>) -> Result<Option<(f64, &str)>, Rejection> {
    let Some(text) = number("latency_msec", value)? else {
        return Ok(None);
    };
    // Exact: every integer up to there is an f64.
    if let Some(ms) = plain(text).filter(|&ms| ms <= MAX_TIME_MS) {
        return Ok(Some((ms as f64, text)));
    }
    match text.parse::<f64>() {
        Ok(ms) if ms.is_finite() && ms >= 0.0 => Ok(Some((ms, text))),
        _ => Err(invalid(format!("latency_msec is {text}; a finite number of at least 0 is wanted"))),
    }
}
