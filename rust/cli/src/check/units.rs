//! Times that are in another unit than milliseconds.

use callweave_core::call::{guess_latency_unit, guess_unit, Unit};
use serde::Serialize;
use serde_json::{Map, Value};

/// Records with a time in another unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitFacts {
    /// The field.
    pub field: &'static str,
    /// The unit that it looks like.
    pub unit: String,
    /// How many records.
    pub records: u64,
    /// Where the first of them stands.
    pub first: String,
    /// What makes milliseconds of it, as a filter of jq.
    pub cure: String,
}

/// Counts records by field and unit.
#[derive(Clone, Debug, Default)]
pub struct Units(Vec<(Unit, UnitFacts)>);

impl Units {
    /// Adds the start of a valid call.
    pub fn add_start(&mut self, start_ms: i64, now_ms: i64, place: impl Fn() -> String) {
        self.add("start_at_ms", guess_unit(start_ms, now_ms), place);
    }

    /// Looks at the times of a rejected record. Costs another look at the whole of it.
    pub fn add_rejected(&mut self, value: &[u8], now_ms: i64, place: impl Fn() -> String) {
        let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(value) else {
            return;
        };
        let number = |name: &str| fields.get(name).and_then(number);
        let (start, end) = (number("start_at_ms"), number("end_at_ms"));
        let unit = |value: Option<f64>| value.and_then(|value| guess_unit(value as i64, now_ms));
        self.add("start_at_ms", unit(start), &place);
        self.add("end_at_ms", unit(end), &place);
        let times_are_ms = unit(start).is_none() && unit(end).is_none();
        if let (true, Some(start), Some(end), Some(latency)) =
            (times_are_ms, start, end, number("latency_msec"))
        {
            self.add("latency_msec", guess_latency_unit(latency, (end - start) as i64), &place);
        }
    }

    /// Whether most of the records have a time in another unit.
    pub fn are_most(&self, records: u64) -> bool {
        self.0.iter().any(|(_, facts)| facts.records * 2 > records)
    }

    /// What was found, in order of first sight.
    pub fn facts(&self) -> Vec<UnitFacts> {
        self.0.iter().map(|(_, facts)| facts.clone()).collect()
    }

    fn add(&mut self, field: &'static str, unit: Option<Unit>, place: impl Fn() -> String) {
        let Some(unit) = unit else {
            return;
        };
        if let Some((_, facts)) = self.0.iter_mut().find(|(known, f)| *known == unit && f.field == field) {
            facts.records += 1;
            return;
        }
        let factor = match unit {
            Unit::Seconds => "* 1000",
            Unit::Microseconds => "/ 1000",
            Unit::Nanoseconds => "/ 1000000",
        };
        // The job takes whole times; jq would write a fraction.
        let whole = if field == "latency_msec" || unit == Unit::Seconds { "" } else { " | floor" };
        // The number may stand in a string, which jq would repeat.
        let cure = format!(".{field} |= (tonumber {factor}{whole})");
        let facts = UnitFacts { field, unit: unit.to_string(), records: 1, first: place(), cure };
        self.0.push((unit, facts));
    }
}

/// A number, or a string that holds one.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
}
