//! Holds the chains topic against the calls that must be in it.

mod fields;
pub mod figures;
pub mod record;
pub mod tree;

use crate::expect::Expected;
use crate::record::Record;
use crate::report::{ChainReport, Difference, Differences};
use fields::{wrong_fields, wrong_figures};
use record::Chain;
use tree::Tree;

/// What the chains topic tells.
pub struct ChainCheck {
    /// What is in it.
    pub report: ChainReport,
    /// What is wrong.
    pub differences: Differences,
}

/// The number of calls that a record of a chain stands for: those that it lists and those that it omits; 0 if it
/// cannot be read.
pub fn count_chain_calls(record: &Record) -> u64 {
    let chain = Chain::read(record.value.as_deref());
    chain.map_or(0, |chain| (chain.hops.len() + chain.calls_omitted) as u64)
}

/// Checks every chain, and that each call is in one. A chain of n calls costs n² at worst.
pub fn check_chains(expected: &Expected<'_>, records: &[Record]) -> ChainCheck {
    let report = ChainReport {
        chains: records.len() as u64,
        due: expected.calls.len() as u64,
        ..ChainReport::default()
    };
    let mut check = ChainCheck { report, differences: Differences::default() };
    let mut times = vec![0_u32; expected.calls.len()];
    for record in records {
        let place = || format!("record {}@{}", record.partition, record.offset);
        match Chain::read(record.value.as_deref()) {
            Ok(chain) => check.add(expected, record, &chain, &mut times),
            Err(wrong) => {
                check.differences.add(Difference::UnreadableChain, || format!("{}: {wrong}", place()));
            }
        }
    }
    check.find_missing(expected, &times);
    check
}

impl ChainCheck {
    fn add(&mut self, expected: &Expected<'_>, record: &Record, chain: &Chain<'_>, times: &mut [u32]) {
        let at = || format!("chain {} (record {}@{})", chain.chain, record.partition, record.offset);
        self.report.calls += chain.hops.len() as u64;
        self.report.omitted += chain.calls_omitted as u64;
        let mut are_known = true;
        for hop in &chain.hops {
            let call = || format!("call {} from {} to {}", hop.id, hop.start_at_ms, hop.end_at_ms);
            let Some(&index) = expected.by_identity.get(&hop.identity()) else {
                are_known = false;
                self.differences.add(Difference::UnknownInChain, || format!("{} of {}", call(), at()));
                continue;
            };
            times[index] += 1;
            if !expected.calls[index].iter().any(|record| hop.has_fields_of(record)) {
                self.differences.add(Difference::WrongChainFields, || {
                    format!("{}: {} does not have the fields of its input", at(), call())
                });
            }
        }
        // The times of calls that are none can be any: nothing is computed with them.
        if !are_known {
            return;
        }
        match Tree::of(&chain.hops) {
            Ok(tree) => {
                self.report.not_recomputable += u64::from(tree.is_ambiguous);
                self.add_all(Difference::WrongChainFields, at, &wrong_fields(chain, &tree, record));
                self.add_all(Difference::WrongFigures, at, &wrong_figures(chain, &tree));
            }
            Err(wrong) => self.differences.add(Difference::WrongTree, || format!("{}: {wrong}", at())),
        }
    }

    /// Counts all that is wrong with one chain as one difference.
    fn add_all(&mut self, kind: Difference, at: impl Fn() -> String, wrong: &[String]) {
        if !wrong.is_empty() {
            self.differences.add(kind, || format!("{}: {}", at(), wrong.join(", ")));
        }
    }

    /// Holds the number of times that each call is in a chain against once. Which calls were omitted is not
    /// known: then only their number is held.
    fn find_missing(&mut self, expected: &Expected<'_>, times: &[u32]) {
        let omitted = self.report.omitted;
        let missing = times.iter().filter(|&&times| times == 0).count() as u64;
        if omitted > 0 && missing != omitted {
            self.differences.add(Difference::InNoChain, || {
                format!("{missing} calls are in no chain, and the chains say that they omit {omitted}")
            });
        }
        for (records, &times) in expected.calls.iter().zip(times) {
            let call = records[0];
            let call = || format!("call {} from {} to {}", call.id, call.start_ms, call.end_ms);
            match times {
                0 if omitted == 0 => self.differences.add(Difference::InNoChain, call),
                0 | 1 => {}
                _ => self
                    .differences
                    .add(Difference::InTwoChains, || format!("{} is in chains {times} times", call())),
            }
        }
    }
}
