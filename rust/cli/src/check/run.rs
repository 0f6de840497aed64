//! Reads the inputs and prints what there is to say.

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use callweave_core::protobuf::RecordFormat;

use super::args::Args;
use super::facts::Facts;
use super::report::report;
use super::tally::Tally;
use crate::console::{ensure_stdout, print};
use crate::kafka::{Cluster, TopicReader};
use crate::progress::Progress;
use crate::source::{Place, Source};

const EXIT_FOUND: u8 = 1;
/// Progress looks at the clock, so it is not told of every record.
const RECORDS_PER_LOOK: u64 = 4096;

/// Checks, and prints the report on stdout.
///
/// # Errors
/// When an input cannot be read or there are no records.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ensure_stdout()?;
    let facts = check(args)?;
    let text = if args.json {
        serde_json::to_string(&facts).context("cannot write the report as JSON")?
    } else {
        report(&facts)
    };
    print(text.trim_end())?;
    Ok(if facts.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FOUND) })
}

fn check(args: &Args) -> anyhow::Result<Facts> {
    let format = args.input.format(args.inputs.iter().map(Source::format_by_name))?;
    let cluster = Cluster::new(&args.kafka)?;
    let mut tally = Tally::new(args.job.checked()?, &args.input, format, now_ms(), args.show.into())?;
    let mut progress = Progress::start("records", None);
    for input in &args.inputs {
        read(input, args, format, &cluster, &mut tally, &mut progress)?;
    }
    progress.finish();
    tally.facts(args.inputs.iter().map(Source::to_string).collect(), args.top)
}

fn read(
    input: &Source,
    args: &Args,
    format: RecordFormat,
    cluster: &Cluster,
    tally: &mut Tally,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let mut topic = HashMap::new();
    let mut file = None;
    match input {
        Source::File(_) => file = Some(tally.add_partition(input.to_string())),
        // Those without records are partitions too. That the topic is missing is said below.
        Source::Topic(name) => {
            for id in TopicReader::open(cluster, name)?.iter().flat_map(TopicReader::partitions) {
                topic.insert(id, tally.add_partition(partition_name(input, id)));
            }
        }
    }
    let is_only_input = args.inputs.len() == 1;
    input.read(cluster, args.input.names(format), |record| {
        let partition = match (record.place, file) {
            (_, Some(file)) => file,
            (Place::Offset { partition: id, .. }, None) => {
                *topic.entry(id).or_insert_with(|| tally.add_partition(partition_name(input, id)))
            }
            (Place::Line(_), None) => anyhow::bail!("{input} is a topic, but has lines"),
        };
        tally.add(partition, record, || match is_only_input {
            true => record.place.to_string(),
            false => format!("{input}, {}", record.place),
        });
        if tally.records().is_multiple_of(RECORDS_PER_LOOK) {
            progress.set(tally.records());
        }
        Ok(())
    })
}

fn partition_name(topic: &Source, id: i32) -> String {
    format!("{topic}/{id}")
}

/// The wall clock, ms of the epoch.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
