//! The flags of `callweave verify`.

use super::rules::Rules;

const EXAMPLES: &str = "\
Examples:
  Wait until the job has dealt with everything in the input topic, then compare:
    callweave verify --bootstrap localhost:9092 --wait
  Compare what is there, for a program:
    callweave verify --input-topic calls --output-topic linked --rejects-topic rejected --json

The topics are read with read_committed, from the beginning to the ends that they have at the start.
Give the options that the job runs with, where they are not its defaults.

Whether a call is late depends on how fast the job read the other partitions. A reject with that
reason is right if the call's time bucket lay behind the watermark of its own partition; the
reference then leaves the call out.

Exit codes: 0 same, 1 different, 2 error.";

/// Recomputes from the input topic what the job must have written, and compares.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Kafka brokers
    #[arg(long, value_name = "HOST:PORT", env = "KAFKA_BOOTSTRAP", default_value = "localhost:9092")]
    pub bootstrap: String,
    /// The topic that the job reads
    #[arg(long, value_name = "NAME", env = "KAFKA_TOPIC", default_value = "test-topic")]
    pub input_topic: String,
    /// The topic of its results
    #[arg(long, value_name = "NAME", env = "KAFKA_OUTPUT_TOPIC", default_value = "linked-topic")]
    pub output_topic: String,
    /// The topic of its rejects
    #[arg(long, value_name = "NAME", env = "KAFKA_REJECTS_TOPIC", default_value = "rejected-topic")]
    pub rejects_topic: String,

    /// Wait until every record of the input is accounted for, or until --timeout
    #[arg(long)]
    pub wait: bool,
    /// How long --wait waits
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u64,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// Examples of each difference, at most 1000
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub show: usize,

    /// The options of the job.
    #[command(flatten)]
    pub rules: RuleArgs,
}

/// The options of the job that decide what it must write.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct RuleArgs {
    /// The watermark's distance from the highest start
    #[arg(
        long,
        value_name = "MS",
        env = "SIMPY_MAX_OUT_OF_ORDER_MS",
        default_value_t = 30_000,
        value_parser = clap::value_parser!(i64).range(0..)
    )]
    pub max_out_of_order_ms: i64,
    /// Calls that take longer are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 20_000,
        value_parser = clap::value_parser!(i64).range(1..=i64::from(u32::MAX))
    )]
    pub max_latency_ms: i64,
    /// Calls that start further ahead of the clock are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(i64).range(0..)
    )]
    pub max_future_skew_ms: i64,
    /// The longest list of parents or children
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_links: usize,
    /// Records that are longer are rejected
    #[arg(long, value_name = "N", default_value_t = 65_536)]
    pub max_record_bytes: usize,
    /// The length of a time bucket
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 1000,
        value_parser = clap::value_parser!(i64).range(1..=86_400_000)
    )]
    pub bucket_ms: i64,
    /// Unknown fields are in the output
    #[arg(long)]
    pub pass_through: bool,
    /// The topic was silent for so long that the job may have closed windows early: every valid
    /// call may have been rejected as late
    #[arg(long)]
    pub idle_flush_possible: bool,
}

impl RuleArgs {
    /// The same as plain numbers.
    pub fn rules(&self) -> Rules {
        Rules {
            max_out_of_order_ms: self.max_out_of_order_ms,
            max_latency_ms: self.max_latency_ms,
            max_future_skew_ms: self.max_future_skew_ms,
            max_links: self.max_links,
            max_record_bytes: self.max_record_bytes,
            bucket_ms: self.bucket_ms,
            pass_through: self.pass_through,
            idle_flush_possible: self.idle_flush_possible,
        }
    }
}
