//! The judge of chains against what `callweave link --chains` writes.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::read;
use std::path::Path;

use callweave_reference::{compare, judge, Difference, Output, Record, Report, Rules};
use serde_json::Value;
use support::{callweave, path, text};

const INPUT: &str = "calls";

/// What `link` makes of simulated traffic.
struct Linked {
    input: Vec<Record>,
    results: Vec<Record>,
    chains: Vec<Record>,
}

/// The lines of a file as a topic would hold them; the key is the id in that field.
fn records(file: &str, key: &str) -> Vec<Record> {
    let record = |(offset, line): (i64, &[u8])| {
        let fields: Option<Value> = serde_json::from_slice(line).ok();
        let id = fields.and_then(|fields| fields.get(key).cloned());
        let key = id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned).into_bytes());
        Record { offset, key, value: Some(line.into()), ..Record::default() }
    };
    let lines = read(file).unwrap();
    (0..).zip(lines.strip_suffix(b"\n").unwrap().split(|&byte| byte == b'\n')).map(record).collect()
}

impl Linked {
    fn of(folder: &Path, traffic: &[&str], options: &[&str]) -> Self {
        let file = |name| path(folder, name);
        let (calls, linked, chains) = (file("calls"), file("linked"), file("chains"));
        let simulate = ["simulate", "--seed", "5", "--out", &calls];
        let link = ["link", "--sort", &calls, "-o", &linked, "--chains", &chains];
        for arguments in [[&simulate[..], traffic].concat(), [&link[..], options].concat()] {
            let output = callweave(&arguments);
            assert!(output.status.success(), "{}", text(&output.stderr));
        }
        let input = records(&calls, "");
        Self { input, results: records(&linked, "id"), chains: records(&chains, "chain") }
    }

    fn judged(&self) -> Report {
        let rules = Rules::default();
        let judged = judge(&self.input, &rules);
        let wrong = self.input.iter().zip(&judged).filter_map(|(record, judged)| {
            let reason = judged.verdict.as_ref().err()?;
            Some(record.rejected(INPUT, reason.name(), "why"))
        });
        let rejects: Vec<Record> = wrong.collect();
        let output = Output {
            results: Some(&self.results),
            chains: Some(&self.chains),
            rejects: &rejects,
            ..Output::default()
        };
        compare(INPUT, &self.input, &judged, output, &rules)
    }
}

/// Traffic with all that makes chains odd: clocks that differ, repeats, records that are no calls.
const TRAFFIC: [&str; 12] = [
    "--calls",
    "20000",
    "--rate",
    "800",
    "--clock-skew",
    "2",
    "--duplicate",
    "0.02",
    "--malformed",
    "0.01",
    "--inconsistent",
    "0.01",
];

#[test]
fn what_link_writes_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let linked = Linked::of(folder.path(), &TRAFFIC, &[]);
    let report = linked.judged();
    assert!(report.is_same(), "{:?}", report.differences);
    let chains = report.chains.unwrap();
    assert_eq!((chains.calls, chains.omitted), (report.written, 0));
    assert!(chains.chains > 100 && chains.calls > 2 * chains.chains, "{chains:?}");
}

#[test]
fn short_chains_and_names_of_services_are_right_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let services = path(folder.path(), "services");
    std::fs::write(&services, "10.0.0.0/8,inner\n*.example,outer\n").unwrap();
    let options = ["--max-chain-calls", "3", "--services", &services, "--decide-every-ms", "1000"];
    let linked = Linked::of(folder.path(), &TRAFFIC, &options);
    let report = linked.judged();
    assert!(report.is_same(), "{:?}", report.differences);
    let chains = report.chains.unwrap();
    assert!(chains.omitted > 0 && chains.is_conserved(), "{chains:?}");
}

#[test]
fn a_chain_that_is_changed_lost_or_written_twice_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut linked = Linked::of(folder.path(), &["--calls", "2000"], &[]);
    let chains = linked.chains.iter().enumerate();
    let (longest, right) = chains.max_by_key(|(_, chain)| chain.value.as_ref().map(Vec::len)).unwrap();
    let right = right.clone();
    assert!(linked.judged().is_same());
    for (field, kind) in [
        ("total_msec", Difference::WrongFigures),
        ("width", Difference::WrongFigures),
        ("services", Difference::WrongChainFields),
    ] {
        let mut chain: Value = serde_json::from_slice(right.value.as_deref().unwrap()).unwrap();
        chain[field] = (chain[field].as_i64().unwrap() + 1).into();
        linked.chains[longest].value = Some(chain.to_string().into_bytes());
        let report = linked.judged();
        assert_eq!((report.differences.of(kind), report.differences.total()), (1, 1), "{field}");
    }
    linked.chains[longest] = right.clone();
    linked.chains.push(right);
    let twice = linked.judged();
    let calls = twice.differences.of(Difference::InTwoChains);
    assert!(calls > 1 && !twice.chains.unwrap().is_conserved(), "{calls}");
    linked.chains.pop();
    linked.chains.remove(longest);
    let lost = linked.judged();
    assert_eq!((lost.differences.of(Difference::InNoChain), lost.differences.total()), (calls, calls));
}
