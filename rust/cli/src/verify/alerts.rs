//! Holds the alerts topic against what the windows of the edges topic give rise to, by the kernel's own board.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use callweave_core::alerts::{write_record, Alert, Board, Figures, Name, Rules, Seen};
use callweave_core::edges::panes::Panes;
use callweave_core::edges::Kind;
use callweave_core::wire::frames::records;
use callweave_reference::{Difference, Differences, Record};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The options of the job that decide what alerts there are.
#[derive(Clone, Debug)]
pub struct AlertRules {
    /// When alerts begin and end.
    pub rules: Rules,
    /// How windows are cut.
    pub panes: Panes,
    /// Series of each kind that are known at most.
    pub max_series: usize,
}

/// Key and value of a record.
type Written = (Vec<u8>, Vec<u8>);

/// A record of the edges topic, as far as it is judged.
#[derive(Deserialize)]
struct Series<'a> {
    kind: &'a str,
    #[serde(borrow)]
    src: Option<&'a RawValue>,
    #[serde(borrow)]
    dst: Option<&'a RawValue>,
    #[serde(borrow)]
    entry: Option<&'a RawValue>,
    window_end_ms: i64,
    count: u64,
    p95_msec: u32,
    #[serde(default)]
    without_parent: u64,
    #[serde(default)]
    at_latency_limit: u64,
    #[serde(borrow)]
    exemplars: Vec<&'a RawValue>,
    #[serde(default)]
    series_omitted: u64,
}

/// What tells a change of an alert from others.
#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Change {
    state: String,
    window_start_ms: i64,
}

impl<'a> Series<'a> {
    /// Its kind and names; `None` of a service, which is not judged.
    fn name(&self) -> Option<Name<'a>> {
        match self.kind {
            "edge" => Some(Name { kind: Kind::Edge, src: inside(self.src), dst: inside(self.dst) }),
            "entry" => Some(Name { kind: Kind::Entry, src: inside(self.entry), dst: inside(self.entry) }),
            _ => None,
        }
    }

    fn figures(&self) -> Figures {
        Figures {
            count: self.count,
            p95_ms: self.p95_msec,
            without_parent: self.without_parent,
            at_latency_limit: self.at_latency_limit,
        }
    }
}

/// The inside of a JSON string.
fn inside(text: Option<&RawValue>) -> &str {
    text.map_or("", |text| text.get().trim_matches('"'))
}

/// The records that the job must have written, in order of windows.
///
/// # Errors
/// When a record of a window cannot be read, or holds series that were only written together.
pub fn due(edges: &[Record], rules: &AlertRules) -> anyhow::Result<Vec<Written>> {
    let mut windows: BTreeMap<(Kind, i64), Vec<(Name<'_>, Series<'_>)>> = BTreeMap::new();
    for record in edges {
        let at = || format!("record {}@{} of the edges topic", record.partition, record.offset);
        let value = record.value.as_deref().unwrap_or_default();
        let series: Series<'_> = serde_json::from_slice(value).with_context(at)?;
        anyhow::ensure!(
            series.series_omitted == 0,
            "{} sums up series beyond max-series, whose alerts cannot be worked out from it; leave alerts out of \
             --outputs",
            at()
        );
        if let Some(name) = series.name() {
            let window = rules.panes.pane(series.window_end_ms - 1);
            windows.entry((name.kind, window)).or_default().push((name, series));
        }
    }
    // The job judges edges and entries apart: windows of one say nothing of windows without the other.
    let board = || Board::new(rules.rules.clone(), rules.panes, rules.max_series);
    let (mut of_edges, mut of_entries) = (board(), board());
    let mut frames = Vec::new();
    for ((kind, window), mut series) in windows {
        let board = if kind == Kind::Edge { &mut of_edges } else { &mut of_entries };
        series.sort_by_key(|&(name, _)| name);
        // One that was written twice is told of the edges topic.
        series.dedup_by_key(|(name, _)| *name);
        let seen: Vec<Seen<'_>> =
            series.iter().map(|(name, series)| Seen { name: *name, figures: series.figures() }).collect();
        board.judge(window, &seen, |alert: &Alert<'_>| {
            let exemplars = alert.place.iter().flat_map(|&place| &series[place].1.exemplars);
            write_record(&mut frames, alert, rules.panes, exemplars.map(|id| id.get().as_bytes()));
        })?;
    }
    let written = records(&frames).map(|frame| frame.map(|frame| (frame.key.into(), frame.value.into())));
    Ok(written.collect::<Result<_, _>>()?)
}

/// Holds the records of the alerts topic against those that are due.
pub fn check(due: Vec<Written>, alerts: &[Record]) -> Differences {
    let mut differences = Differences::default();
    let mut left: HashMap<Written, bool> = due.into_iter().map(|written| (written, false)).collect();
    let mut others = Vec::new();
    for record in alerts {
        let written = (record.key.clone().unwrap_or_default(), record.value.clone().unwrap_or_default());
        match left.get_mut(&written) {
            Some(is_there) if *is_there => differences.add(Difference::AlertTwice, || text(&written)),
            Some(is_there) => *is_there = true,
            None => others.push(written),
        }
    }
    left.retain(|_, is_there| !*is_there);
    let mut missing: HashMap<(Vec<u8>, Option<Change>), Written> =
        left.into_keys().map(|written| ((written.0.clone(), change(&written)), written)).collect();
    for other in others {
        match change(&other) {
            None => differences.add(Difference::UnreadableAlert, || text(&other)),
            change => match missing.remove(&(other.0.clone(), change)) {
                Some(right) => differences.add(Difference::WrongAlert, || {
                    format!("{} is written, {} is right", text(&other), text(&right))
                }),
                None => differences.add(Difference::UnexpectedAlert, || text(&other)),
            },
        }
    }
    let mut missing: Vec<Written> = missing.into_values().collect();
    missing.sort();
    missing.iter().for_each(|written| differences.add(Difference::MissingAlert, || text(written)));
    differences
}

fn change((_, value): &Written) -> Option<Change> {
    serde_json::from_slice(value).ok()
}

fn text((_, value): &Written) -> String {
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str =
        "history: 10\nlearning: 3\nrate-rose: {share: 0.1, step: 1, min-calls: 1, windows: 1}\n";

    fn rules() -> AlertRules {
        let panes = Panes::new(1000, 1000).unwrap();
        AlertRules { rules: Rules::read(RULES).unwrap(), panes, max_series: 10 }
    }

    fn window(number: i64, count: u64) -> Record {
        let (start_ms, end_ms) = (number * 1000, (number + 1) * 1000);
        let value = format!(
            r#"{{"kind":"edge","src":"a \"b\"","dst":"c","window_start_ms":{start_ms},"window_end_ms":{end_ms},"#
        ) + &format!(r#""count":{count},"p95_msec":7,"exemplars":["x",3],"without_parent":0}}"#);
        Record { value: Some(value.into_bytes()), ..Record::default() }
    }

    /// Windows alike, and then one with far more calls, in no order.
    fn edges() -> Vec<Record> {
        let mut edges: Vec<Record> =
            (0..8).map(|number| window(number, if number == 7 { 90 } else { 10 })).collect();
        edges.rotate_left(3);
        edges
    }

    fn topic(due: &[Written]) -> Vec<Record> {
        let record = |(key, value): &Written| Record {
            key: Some(key.clone()),
            value: Some(value.clone()),
            ..Record::default()
        };
        due.iter().map(record).collect()
    }

    #[test]
    fn the_alerts_of_the_windows_are_let_pass_in_any_order() {
        let due = due(&edges(), &rules()).unwrap();
        // Of the edge, and of all edges together it is the same: one of them tells.
        assert_eq!(due.len(), 1, "{}", text(&due[0]));
        assert!(text(&due[0]).contains(r#""rule":"rate-rose","state":"firing""#), "{}", text(&due[0]));
        assert_eq!(check(due.clone(), &topic(&due)).total(), 0);
    }

    #[test]
    fn every_way_in_which_an_alert_can_be_wrong_is_found() {
        let due = due(&edges(), &rules()).unwrap();
        let right = topic(&due);
        let changed = |from: &str, to: &str| {
            let value = text(&due[0]).replace(from, to);
            vec![Record { value: Some(value.into_bytes()), ..right[0].clone() }]
        };
        for (alerts, kinds) in [
            (vec![], vec![Difference::MissingAlert]),
            ([right.clone(), right.clone()].concat(), vec![Difference::AlertTwice]),
            (changed(r#""seen":90"#, r#""seen":91"#), vec![Difference::WrongAlert]),
            (changed("firing", "resolved"), vec![Difference::UnexpectedAlert, Difference::MissingAlert]),
            (changed("{", ""), vec![Difference::UnreadableAlert, Difference::MissingAlert]),
        ] {
            let differences = check(due.clone(), &alerts);
            assert_eq!(differences.total(), kinds.len() as u64, "{differences:?}");
            assert!(kinds.iter().all(|&kind| differences.of(kind) == 1), "{differences:?}");
        }
    }

    #[test]
    fn windows_that_do_not_tell_all_series_are_not_judged() {
        let mut record = window(1, 5);
        let value = text(&(Vec::new(), record.value.unwrap())).replace('}', ",\"series_omitted\":2}");
        record.value = Some(value.into_bytes());
        let wrong = due(&[record], &rules()).unwrap_err().to_string();
        assert!(wrong.contains("sums up series beyond max-series"), "{wrong}");
    }
}
