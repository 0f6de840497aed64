//! What the kernels make of records, held against the independent reference.

use callweave_reference::{compare, judge, Output, Record, Report, Rules};

use crate::chains::{make, ChainSettings};
use crate::common::{run_telling, Settings};

const INPUT: &str = "input";

/// Sends records in batches through the kernels, none of them late, and judges results and rejects.
pub fn judge_run(settings: &Settings, batches: &[Vec<Vec<u8>>]) -> Report {
    let rules = Rules {
        max_links: settings.max_links as usize,
        bucket_ms: settings.bucket_ms,
        pass_through: settings.pass_through,
        merge_reports: settings.merge_reports,
        ..Rules::default()
    };
    let record =
        |(offset, value): (i64, &Vec<u8>)| Record { offset, value: Some(value.clone()), ..Record::default() };
    let input: Vec<Record> = (0..).zip(batches.iter().flatten()).map(record).collect();
    let mut rejects = Vec::new();
    let results = run_telling(settings, batches, |position, rejection| {
        rejects.push(input[position].rejected(INPUT, rejection.reason.name(), rejection.detail));
    });
    let results = results.into_iter().map(|(key, value)| Record {
        key: Some(key.into_bytes()),
        value: Some(value.into_bytes()),
        ..Record::default()
    });
    let results: Vec<Record> = results.collect();
    let output = Output { results: Some(&results), rejects: &rejects, ..Output::default() };
    compare(INPUT, &input, &judge(&input, &rules), output, &rules)
}

/// Sends records in batches through the kernels of chains, and judges the chains.
pub fn judge_chains(settings: &ChainSettings, batches: &[Vec<Vec<u8>>]) -> Report {
    let record =
        |(offset, value): (i64, &Vec<u8>)| Record { offset, value: Some(value.clone()), ..Record::default() };
    let input: Vec<Record> = (0..).zip(batches.iter().flatten()).map(record).collect();
    let chains = make(settings, batches).chains.into_iter().map(|(key, value)| Record {
        key: Some(key.into_bytes()),
        value: Some(value.into_bytes()),
        ..Record::default()
    });
    let chains: Vec<Record> = chains.collect();
    let rules = Rules { bucket_ms: settings.kernels.bucket_ms, ..Rules::default() };
    let output = Output { chains: Some(&chains), ..Output::default() };
    compare(INPUT, &input, &judge(&input, &rules), output, &rules)
}
