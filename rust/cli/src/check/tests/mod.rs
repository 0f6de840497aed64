//! What is counted, against naive counts.

mod advising;
mod finding;
mod judging;
mod linking;
mod numbers;

use callweave_core::protobuf::RecordFormat;

use super::facts::Facts;
use super::report::report;
use super::tally::Tally;
use crate::job_options::{InputOptions, JobOptions};
use crate::source::{Place, SourceRecord};

/// The clock of the tests.
const NOW_MS: i64 = 1_700_000_000_000;

fn job() -> JobOptions {
    JobOptions {
        max_out_of_order_ms: 30_000,
        max_latency_ms: 20_000,
        max_future_skew_ms: 10_000,
        max_links: 1000,
        max_record_bytes: 65_536,
        bucket_ms: 1000,
        pass_through: false,
        merge_reports: false,
    }
}

fn call(id: u64, src: &str, dst: &str, start_ms: i64, latency_ms: i64) -> String {
    format!(
        r#"{{"id":{id},"src_ip":"{src}","dst_ip":"{dst}","start_at_ms":{start_ms},"latency_msec":{latency_ms}}}"#
    )
}

/// The facts of the lines of one file.
fn check(job: &JobOptions, lines: &[String]) -> Facts {
    let mut tally = Tally::new(job, &InputOptions::default(), RecordFormat::Json, NOW_MS, 3).unwrap();
    let partition = tally.add_partition("lines".to_owned());
    for (line, number) in lines.iter().zip(1..) {
        let record = SourceRecord {
            place: Place::Line(number),
            written_ms: None,
            value: Some(line.as_bytes()),
            rejection: None,
        };
        tally.add(partition, record, || record.place.to_string());
    }
    tally.facts(vec!["lines".to_owned()], 5).unwrap()
}

fn rejected(facts: &Facts, reason: &str) -> u64 {
    facts.records.rejected_by_reason[reason].count
}
