//! Looks at topics for the benchmarks: waits until one holds so many records, and tells how late
//! results came into theirs.

mod delays;
mod passing;
mod topic;

use std::time::{Duration, Instant};

use anyhow::{bail, Context};
use clap::Parser;

use delays::Delays;
use passing::{number_after, Passing};
use topic::Topic;

const PAUSE: Duration = Duration::from_millis(100);

#[derive(Parser)]
enum Command {
    /// Prints how many records a topic holds, committed or not
    Count {
        #[arg(long)]
        bootstrap: String,
        #[arg(long)]
        topic: String,
    },
    /// Waits until a topic holds so many records, committed or not
    Await {
        #[arg(long)]
        bootstrap: String,
        #[arg(long)]
        topic: String,
        #[arg(long)]
        records: u64,
        #[arg(long, default_value_t = 60)]
        timeout_s: u64,
    },
    /// Prints how long after the watermark passed a call's end bucket its record was in the result
    ///
    /// Both topics have message.timestamp.type=LogAppendTime. The watermark is reckoned from the
    /// input: the least over its partitions of the highest start, less the allowed disorder.
    Measure {
        #[arg(long)]
        bootstrap: String,
        #[arg(long)]
        input: String,
        #[arg(long)]
        result: String,
        #[arg(long, default_value_t = 1000)]
        bucket_ms: i64,
        #[arg(long, default_value_t = 30_000)]
        max_out_of_order_ms: i64,
        /// Calls whose end bucket the watermark passed before this time, ms of the epoch, are left out
        #[arg(long, default_value_t = i64::MIN)]
        from_ms: i64,
        /// And those whose bucket it passed after this time
        #[arg(long, default_value_t = i64::MAX)]
        to_ms: i64,
    },
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Count { bootstrap, topic } => {
            println!("{}", Topic::open(&bootstrap, &topic)?.records()?);
            Ok(())
        }
        Command::Await { bootstrap, topic, records, timeout_s } => {
            await_records(&bootstrap, &topic, records, Duration::from_secs(timeout_s))
        }
        Command::Measure { bootstrap, input, result, bucket_ms, max_out_of_order_ms, from_ms, to_ms } => {
            let mut passing = Passing::new(bucket_ms, max_out_of_order_ms);
            let mut read = 0;
            Topic::open(&bootstrap, &input)?.read_to_end(|record| {
                if let Some(start_ms) = number_after(b"\"start_at_ms\":", record.value) {
                    passing.saw(record.partition, start_ms, record.appended_ms);
                    read += 1;
                }
            })?;
            let mut delays = Delays::default();
            Topic::open(&bootstrap, &result)?.read_to_end(|record| {
                let passed =
                    number_after(b"\"end_at_ms\":", record.value).and_then(|end| passing.of_end(end));
                if let Some(passed_ms) = passed.filter(|passed_ms| (from_ms..=to_ms).contains(passed_ms)) {
                    delays.add(record.appended_ms - passed_ms);
                }
            })?;
            println!("{}", delays.json(read));
            Ok(())
        }
    }
}

fn await_records(bootstrap: &str, topic: &str, records: u64, timeout: Duration) -> anyhow::Result<()> {
    let topic = Topic::open(bootstrap, topic)?;
    let began = Instant::now();
    loop {
        let held = topic.records().context("the broker no longer answers")?;
        if held >= records {
            return Ok(());
        }
        if began.elapsed() > timeout {
            bail!("after {} s the topic holds {held} of {records} records", timeout.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
}
