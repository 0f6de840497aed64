//! The calls that the result topic must have.

use std::collections::{HashMap, HashSet};

use crate::call::{Call, Identity};
use crate::judge::Judged;
use crate::link::{link, Links};
use crate::reports::without_covered;
use crate::rules::Rules;

/// The calls of the input, each once, and their links.
pub struct Expected<'a> {
    /// For each call its records; they may spell its addresses and its latency differently.
    pub calls: Vec<Vec<&'a Call>>,
    /// The position of each call in `calls`.
    pub by_identity: HashMap<Identity<'a>, usize>,
    /// The links of each call.
    pub links: Vec<Links>,
    /// Records that were another report of a call.
    pub merged: usize,
}

impl<'a> Expected<'a> {
    /// Links the calls that were judged valid, less those that were rejected as late.
    pub fn new(judged: &'a [Judged], rejected_late: &[bool], rules: &Rules) -> Self {
        let mut calls: Vec<Vec<&Call>> = Vec::new();
        let mut by_identity = HashMap::new();
        let (accepted, merged) = accepted(judged, rejected_late, rules);
        for call in accepted {
            let index = *by_identity.entry(call.identity()).or_insert(calls.len());
            match calls.get_mut(index) {
                Some(records) => records.push(call),
                None => calls.push(vec![call]),
            }
        }
        let firsts: Vec<&Call> = calls.iter().map(|records| records[0]).collect();
        let links = link(&firsts, rules.max_latency_ms, rules.max_links);
        Self { calls, by_identity, links, merged }
    }

    /// All pairs of parent and child, whether or not they fit into the lists.
    pub fn link_count(&self) -> u64 {
        let of_call = |links: &Links| (links.parents.len() + links.parents_omitted) as u64;
        self.links.iter().map(of_call).sum()
    }
}

/// The number of records that repeat a call, or are another report of one.
pub fn count_dropped(judged: &[Judged], rejected_late: &[bool], rules: &Rules) -> usize {
    let mut seen = HashSet::new();
    let (accepted, merged) = accepted(judged, rejected_late, rules);
    merged + accepted.into_iter().filter(|call| !seen.insert(call.identity())).count()
}

/// The records of the calls that are to be written, and the number of those that were merged into one.
fn accepted<'a>(judged: &'a [Judged], rejected_late: &[bool], rules: &Rules) -> (Vec<&'a Call>, usize) {
    let records = judged.iter().zip(rejected_late);
    let calls = records.filter_map(|(judged, &late)| judged.verdict.as_ref().ok().filter(|_| !late));
    let calls = calls.collect();
    if rules.merge_reports {
        without_covered(calls)
    } else {
        (calls, 0)
    }
}
