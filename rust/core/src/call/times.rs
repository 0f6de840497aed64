//! When a call started and ended.

use std::borrow::Cow;

use super::fast::Scanner;
use super::fields::Fields;
use super::unit::{latency_hint, unit_hint};
use super::{invalid, is_number, kind, string, Limits, Reason, Rejection, MAX_TIME_MS};
use crate::json_text::unescape;
use crate::number::{nearest_below_next_integer, plain, truncated};

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
    pub fn read(fields: &Fields<'_>, limits: &Limits) -> Result<Self, Rejection> {
        let start_ms = start(fields.start, limits.latest_start_ms)?;
        let latency_ms = unless_null(fields.latency).map(latency).transpose()?;
        let end_ms = unless_null(fields.end).map(|end| time("end_at_ms", end)).transpose()?;
        Self::of(start_ms, end_ms, latency_ms, limits)
    }

    /// The times of a record with these values: a valid start, an end within 2^62 ms, a latency of at
    /// least 0.
    pub fn of(
        start_ms: i64,
        end_ms: Option<i64>,
        latency_ms: Option<f64>,
        limits: &Limits,
    ) -> Result<Self, Rejection> {
        let times = Self::complete(start_ms, end_ms, latency_ms)
            .ok_or_else(|| invalid("end_at_ms and latency_msec are both missing; one of them is wanted"))?;
        if latency_ms.is_none() && times.latency_ms < 0.0 {
            let (hint, end_ms) = (times.hint(limits), times.end_ms);
            return Err(invalid(format!("end_at_ms ({end_ms}) lies before start_at_ms ({start_ms}){hint}")));
        }
        Ok(times)
    }

    /// The same, whatever they say; `None` where end and latency are both missing.
    #[inline]
    pub fn complete(start_ms: i64, end_ms: Option<i64>, latency_ms: Option<f64>) -> Option<Self> {
        match (end_ms, latency_ms) {
            (Some(end_ms), Some(latency_ms)) => Some(Times { start_ms, end_ms, latency_ms, end_given: true }),
            (None, Some(latency_ms)) => {
                // The cast saturates; what it cuts is far above any limit of the latency.
                let end_ms = start_ms.saturating_add(latency_ms as i64);
                Some(Times { start_ms, end_ms, latency_ms, end_given: false })
            }
            (Some(end_ms), None) => {
                let latency_ms = (end_ms - start_ms) as f64;
                Some(Times { start_ms, end_ms, latency_ms, end_given: true })
            }
            (None, None) => None,
        }
    }

    /// Whether nothing is wrong with them.
    #[inline]
    pub fn are_sound(&self, limits: &Limits) -> bool {
        self.latency_ms >= 0.0 && self.fault(limits).is_none()
    }

    /// How far the end is off start plus latency, ms. Integers are subtracted first: a double cannot hold
    /// every end beyond 2^53, but every length up to that.
    #[inline]
    fn off_ms(&self) -> f64 {
        self.length_ms() as f64 - self.latency_ms
    }

    #[inline]
    fn fault(&self, limits: &Limits) -> Option<Reason> {
        if self.off_ms().abs() > 1.0 && self.end_given {
            Some(Reason::Inconsistent)
        } else if self.latency_ms > limits.max_latency_ms as f64 {
            Some(Reason::TooLong)
        } else if self.start_ms > limits.latest_start_ms {
            Some(Reason::Future)
        } else {
            None
        }
    }

    /// Rejects times that disagree, a latency above the limit and a start ahead of the clock.
    pub fn check(&self, limits: &Limits) -> Result<(), Rejection> {
        let Some(reason) = self.fault(limits) else { return Ok(()) };
        let Times { start_ms, end_ms, latency_ms, .. } = *self;
        let detail = match reason {
            Reason::Inconsistent => format!(
                "end_at_ms ({end_ms}) is {} ms off start_at_ms ({start_ms}) plus latency_msec ({latency_ms}); 1 ms is allowed",
                self.off_ms()
            ),
            Reason::TooLong => {
                format!("latency_msec is {latency_ms}; max-latency-ms allows {}", limits.max_latency_ms)
            }
            _ => format!(
                "start_at_ms ({start_ms}) is {} ms later than max-future-skew-ms allows",
                start_ms - limits.latest_start_ms
            ),
        };
        Err(Rejection::new(reason, detail + &self.hint(limits)))
    }

    /// The latency as it is written in a JSON value that was read, unless it is what end minus start is
    /// written as.
    pub fn latency_text<'a>(&self, value: Option<&'a str>) -> Option<Cow<'a, str>> {
        let value = unless_null(value)?;
        let text = match string(value) {
            Some(inside) => unescape(inside)?,
            None => Cow::Borrowed(value),
        };
        (itoa::Buffer::new().format(self.length_ms()) != text).then_some(text)
    }

    /// What the latency is if it is not written otherwise.
    pub fn length_ms(&self) -> i64 {
        self.end_ms - self.start_ms
    }

    /// The first that is certainly in another unit.
    #[cold]
    fn hint(&self, limits: &Limits) -> String {
        let now_ms = limits.latest_start_ms;
        let start = unit_hint("start_at_ms", self.start_ms, now_ms);
        if !start.is_empty() || !self.end_given {
            return start;
        }
        let end = unit_hint("end_at_ms", self.end_ms, now_ms);
        if end.is_empty() {
            latency_hint(self.latency_ms, self.length_ms())
        } else {
            end
        }
    }
}

/// `null` is as good as nothing for a field that may be missing.
fn unless_null(value: Option<&str>) -> Option<&str> {
    value.filter(|&value| value != "null")
}

/// The text of a JSON number, or of one in a JSON string, as protobuf writes 64 bits: nothing but a
/// number by JSON's grammar is in it.
pub fn number<'a>(name: &str, value: &'a str) -> Result<Cow<'a, str>, Rejection> {
    if is_number(value) {
        return Ok(Cow::Borrowed(value));
    }
    let Some(inside) = string(value) else {
        return Err(invalid(format!("{name} is {}; a number is wanted", kind(value))));
    };
    unescape(inside)
        .filter(|text| Scanner::new(text).number().is_some_and(|number| number.len() == text.len()))
        .ok_or_else(|| {
            invalid(format!("{name} is the string {value}; a number is wanted, as JSON writes it"))
        })
}

/// The start of a call; `latest_ms` only says which units a wrong one may be in.
#[inline]
pub fn start(value: Option<&str>, latest_ms: i64) -> Result<i64, Rejection> {
    let value = value.ok_or_else(|| invalid("start_at_ms is missing"))?;
    start_in_range(time("start_at_ms", value)?, latest_ms)
}

/// A start, if it is one that is allowed; likewise.
#[inline]
pub fn start_in_range(start_ms: i64, latest_ms: i64) -> Result<i64, Rejection> {
    if !(0..=MAX_TIME_MS).contains(&start_ms) {
        let hint = unit_hint("start_at_ms", start_ms, latest_ms);
        return Err(invalid(format!("start_at_ms is {start_ms}; 0 to 2^53 is allowed{hint}")));
    }
    Ok(start_ms)
}

fn time(name: &str, value: &str) -> Result<i64, Rejection> {
    if let Some(ms) = plain(value) {
        return Ok(ms);
    }
    truncated(&number(name, value)?)
        .filter(|ms| ms.unsigned_abs() <= 1 << 62)
        .ok_or_else(|| invalid(format!("{name} is {value}; 0 to 2^53 is allowed")))
}

fn latency(value: &str) -> Result<f64, Rejection> {
    // Exact: every integer up to there is an f64.
    if let Some(ms) = plain(value).filter(|&ms| ms <= MAX_TIME_MS) {
        return Ok(ms as f64);
    }
    match nearest_below_next_integer(&number("latency_msec", value)?) {
        Some(ms) if ms.is_finite() && ms >= 0.0 => Ok(ms),
        _ => Err(invalid(format!("latency_msec is {value}; a finite number of at least 0 is wanted"))),
    }
}
