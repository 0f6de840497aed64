//! Holds the edges topic against the calls and chains that its windows must sum up.

mod naive;
mod record;

use std::collections::BTreeMap;

use crate::chains::record::Chain;
use crate::expect::Expected;
use crate::record::Record;
use crate::report::{Difference, Differences};
use crate::rules::Rules;
use naive::{series_of_calls, series_of_chains, Series};
use record::{Key, Written};

/// What records of windows say that they sum up; a call in several windows counts in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowCounts {
    /// Calls, by the edges.
    pub calls: u64,
    /// Chains, by the entries.
    pub chains: u64,
}

impl WindowCounts {
    /// Adds what a record says, if it can be read.
    pub fn add(&mut self, record: &Record) {
        let Ok(written) = Written::read(record) else {
            return;
        };
        let count = written.numbers.get("count").map_or(0, |&count| count as u64);
        match written.key() {
            (_, "edge", _) => self.calls += count,
            (_, "entry", _) => self.chains += count,
            _ => {}
        }
    }
}

/// Checks every record of a window, and that none is missing. Entries and services are those of these chains.
pub fn check_windows(
    expected: &Expected<'_>,
    chains: Option<&[Record]>,
    records: &[Record],
    rules: &Rules,
) -> Differences {
    let chains: Vec<Chain<'_>> = chains
        .unwrap_or_default()
        .iter()
        .filter_map(|record| Chain::read(record.value.as_deref()).ok())
        .collect();
    let mut series = series_of_calls(expected, rules);
    series.extend(series_of_chains(&chains, &rules.windows));
    let mut left = limited(series, rules.windows.max_series);
    let mut differences = Differences::default();
    let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
    for record in records {
        let at = || format!("record {}@{}", record.partition, record.offset);
        let written = match Written::read(record) {
            Ok(written) => written,
            Err(wrong) => {
                differences.add(Difference::UnreadableSeries, || format!("{}: {wrong}", at()));
                continue;
            }
        };
        let key = written.key();
        let times = seen.entry(key.clone()).or_default();
        *times += 1;
        match left.remove(&key) {
            Some(due) => {
                let wrong = due.wrong(&written, &rules.windows);
                if !wrong.is_empty() {
                    differences.add(Difference::WrongSeries, || {
                        format!("{} ({}): {}", text(&key), at(), wrong.join(", "))
                    });
                }
            }
            None if *times > 1 => differences.add(Difference::SeriesTwice, || text(&key)),
            None => differences.add(Difference::UnexpectedSeries, || text(&key)),
        }
    }
    left.keys().for_each(|key| differences.add(Difference::MissingSeries, || text(key)));
    differences
}

fn text((start_ms, kind, names): &Key) -> String {
    let names = if names.is_empty() { "all others".to_owned() } else { names.join(" to ") };
    format!("{kind} {names} in the window from {start_ms}")
}

/// Puts together what is above the limit of each window and kind.
fn limited(series: BTreeMap<Key, Series>, max_series: usize) -> BTreeMap<Key, Series> {
    let mut limited = BTreeMap::new();
    let mut rest = series.into_iter().peekable();
    while let Some((start_ms, kind, _)) = rest.peek().map(|(key, _)| key.clone()) {
        let mut all = Vec::new();
        while let Some(((.., names), series)) =
            rest.next_if(|((start, of, _), _)| (*start, *of) == (start_ms, kind))
        {
            all.push((names, series));
        }
        all.sort_by_key(|(names, series)| (std::cmp::Reverse(series.calls.len()), inner_json(names)));
        let others = all.split_off(max_series.min(all.len()));
        limited.extend(all.into_iter().map(|(names, series)| ((start_ms, kind, names), series)));
        if !others.is_empty() {
            let mut together = Series { omitted: others.len(), ..Series::default() };
            others.into_iter().for_each(|(_, series)| together.append(series));
            limited.insert((start_ms, kind, Vec::new()), together);
        }
    }
    limited
}

/// Names as they stand between quotes, by which those with equally many calls are ordered.
fn inner_json(names: &[String]) -> Vec<String> {
    let inner = |name: &String| {
        let quoted = serde_json::Value::from(name.as_str()).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    names.iter().map(inner).collect()
}
