//! The fields of a record that are passed through.

use std::borrow::Cow;
use std::collections::HashMap;

/// Fields by name, in the order in which their names came first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Extras<'a> {
    /// Names with their quotes, and values as written.
    fields: Vec<(Cow<'a, str>, &'a str)>,
    /// Where each name stands, once there are too many to look through. The hash of the standard
    /// library has a random key: no record can be made whose names collide.
    places: Option<Box<Places<'a>>>,
}

type Places<'a> = HashMap<Cow<'a, str>, usize>;

impl<'a> Extras<'a> {
    /// Names that are looked through one by one.
    const MAX_SCANNED: usize = 16;

    /// Adds a field, its name with quotes. A name that is known gets the new value, in its place.
    /// Costs the same however many there are.
    pub fn set(&mut self, name: Cow<'a, str>, value: &'a str) {
        match self.place(&name) {
            Some(place) => self.fields[place].1 = value,
            None => {
                if let Some(places) = &mut self.places {
                    places.insert(name.clone(), self.fields.len());
                }
                self.fields.push((name, value));
            }
        }
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        if self.fields.len() <= Self::MAX_SCANNED {
            return self.fields.iter().position(|(known, _)| {
                count_step();
                known == name
            });
        }
        let fields = &self.fields;
        let places = self.places.get_or_insert_with(|| {
            let names = fields.iter().map(|(name, _)| name.clone());
            Box::new(names.zip(0..).inspect(|_| count_step()).collect())
        });
        count_step();
        places.get(name).copied()
    }

    /// Names with their quotes, and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.fields.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// All as `"name":value,…`.
    pub fn json(&self) -> String {
        let mut json = String::new();
        for (name, value) in self.iter() {
            if !json.is_empty() {
                json.push(',');
            }
            json.push_str(name);
            json.push(':');
            json.push_str(value);
        }
        json
    }
}

/// Counts a name that is compared or looked up, in tests.
#[inline]
fn count_step() {
    #[cfg(test)]
    tests::STEPS.with(|steps| steps.set(steps.get() + 1));
}

#[cfg(test)]
mod tests {
    use super::super::{parse, Limits, Parser};
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    thread_local! {
        pub static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    const LIMITS: Limits = Limits {
        max_record_bytes: 1 << 20,
        max_latency_ms: 20_000,
        latest_start_ms: 1_800_000_000_000,
        pass_through: true,
    };

    /// A record with so many other fields, a few of them twice.
    fn wide(fields: usize) -> String {
        let others: String = (0..fields).map(|n| format!(r#","{}":{n}"#, n % (fields - 3))).collect();
        format!(r#"{{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1000,"end_at_ms":1001{others}}}"#)
    }

    fn steps(record: &str) -> usize {
        let before = STEPS.get();
        let call = parse(record.as_bytes(), &LIMITS).unwrap();
        let steps = STEPS.get() - before;
        assert_eq!(Parser::default().parse(record.as_bytes(), &LIMITS).unwrap(), call);
        steps
    }

    #[test]
    fn ten_times_as_many_fields_take_ten_times_as_many_steps() {
        let few = steps(&wide(700));
        let many = steps(&wide(7000));
        assert!(few >= 700 && many <= 11 * few, "{few} steps for 700 fields, {many} for 7000");
        // The full parser reads records with an escape.
        let escaped = steps(&wide(7000).replacen("\"0\"", r#""\u0030""#, 1));
        assert_eq!(escaped, many);
    }

    proptest! {
        #[test]
        fn of_equal_names_the_last_value_stays_in_the_place_of_the_first(names in prop::collection::vec(0..40u8, 0..120)) {
            let values: Vec<String> = (0..names.len()).map(|value| value.to_string()).collect();
            let mut extras = Extras::default();
            let mut expected: Vec<(String, &str)> = Vec::new();
            for (name, value) in names.iter().map(|name| format!("\"{name}\"")).zip(&values) {
                extras.set(name.clone().into(), value);
                match expected.iter_mut().find(|(known, _)| *known == name) {
                    Some(known) => known.1 = value,
                    None => expected.push((name, value)),
                }
            }
            let found: Vec<_> = extras.iter().map(|(name, value)| (name.to_owned(), value)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
