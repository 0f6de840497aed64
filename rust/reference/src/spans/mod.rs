//! Holds the spans topic against the chains: every chain is one trace, every call of it one span or one pair.

mod due;
pub(crate) mod otlp;
mod record;

use std::collections::{HashMap, HashSet};

use crate::chains::record::Chain;
use crate::record::Record;
use crate::report::{Difference, Differences};
use crate::rules::{SpanRules, SpansFormat};
use due::{find_wrong, Due};

/// The number of calls that a record of spans stands for; 0 if it cannot be read.
pub fn count_span_calls(record: &Record, format: SpansFormat) -> u64 {
    let spans = record::read(record.value.as_deref(), format).unwrap_or_default();
    spans.iter().filter(|span| !span.is_client).count() as u64
}

/// Checks that each of these chains is written as one trace, and no other is.
pub fn check_spans(chains: &[Record], records: &[Record], rules: SpanRules) -> Differences {
    let mut due: HashMap<String, Vec<Chain<'_>>> = HashMap::new();
    // What is wrong with chains is told of them.
    for chain in chains.iter().filter_map(|record| Chain::read(record.value.as_deref()).ok()) {
        due.entry(chain.trace_id.clone()).or_default().push(chain);
    }
    let mut differences = Differences::default();
    let mut seen = HashSet::new();
    for record in records {
        let at = || format!("record {}@{}", record.partition, record.offset);
        let spans = match record::read(record.value.as_deref(), rules.format) {
            Ok(spans) => spans,
            Err(wrong) => {
                differences.add(Difference::UnreadableSpans, || format!("{}: {wrong}", at()));
                continue;
            }
        };
        let key = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        let trace = || format!("trace {key} ({})", at());
        // Chains whose roots differ in their end alone share a trace.
        match due.get_mut(&key).filter(|chains| !chains.is_empty()) {
            None if seen.contains(&key) => differences.add(Difference::SpansTwice, trace),
            None => differences.add(Difference::UnexpectedSpans, trace),
            Some(chains) => {
                let wrong: Vec<Vec<String>> =
                    chains.iter().map(|chain| find_wrong(&Due::of(chain, rules), &spans, rules)).collect();
                let (place, least) =
                    wrong.into_iter().enumerate().min_by_key(|(_, wrong)| wrong.len()).unwrap_or_default();
                chains.swap_remove(place);
                if !least.is_empty() {
                    differences.add(Difference::WrongSpans, || format!("{}: {}", trace(), least.join(", ")));
                }
            }
        }
        seen.insert(key);
    }
    let missing = due.into_values().flatten();
    for chain in missing {
        differences.add(Difference::MissingSpans, || {
            format!("trace {} of the chain {}", chain.trace_id, chain.chain)
        });
    }
    differences
}
