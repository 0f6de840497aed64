//! How many records have each format.

use std::mem::discriminant;

use serde::Serialize;

use super::table::{Format, Row};
use super::Names;

/// Counts records that are recognised.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    names: Names,
    formats: Vec<(Format, SeenFormat)>,
}

/// Records of one format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenFormat {
    /// What they are.
    pub what: String,
    /// How many.
    pub count: u64,
    /// Where the first stands.
    pub first: String,
    /// What to do.
    pub cure: String,
}

impl Seen {
    /// None yet, of records with these names.
    pub fn new(names: Names) -> Self {
        Self { names, formats: Vec::new() }
    }

    /// Counts a rejected record if it is recognised, and tells whether it is. `place` is only asked for
    /// if it is the first of its format. Costs another look at the record.
    pub fn add(&mut self, value: &[u8], place: impl FnOnce() -> String) -> bool {
        let Some(format) = Format::of_record(value).filter(|format| !self.names.fit(format)) else {
            return false;
        };
        match self.formats.iter_mut().find(|(known, _)| discriminant(known) == discriminant(&format)) {
            Some((_, seen)) => seen.count += 1,
            None => {
                let Row { what, cure, .. } = format.row();
                let seen = SeenFormat { what: what.into(), count: 1, first: place(), cure: cure.into() };
                self.formats.push((format, seen));
            }
        }
        true
    }

    /// In order of first sight.
    pub fn formats(&self) -> impl Iterator<Item = &SeenFormat> {
        self.formats.iter().map(|(_, seen)| seen)
    }
}

impl std::fmt::Display for SeenFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, count, first, cure } = self;
        match count {
            1 => write!(f, "1 reject is {what} ({first}): {cure}"),
            _ => write!(f, "{count} rejects are each {what} (first: {first}): {cure}"),
        }
    }
}
