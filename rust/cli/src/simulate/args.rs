//! The flags of `callweave simulate`.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use super::addresses::MAX_POOL;
use super::dice::Delay;
use super::faults::{Kind, Shares};
use super::settings::{Limit, Settings};
use super::IdKind;

const DEFAULT_TRACES: u64 = 1000;
const DEFAULT_INTERVAL_MS: f64 = 100.0;

const EXAMPLES: &str = "\
Examples:
  Live traffic, 1000 calls a second, until Ctrl-C:
    callweave simulate --stream --rate 1000
  200000 calls with some of everything that the job must reject, as fast as they are taken:
    callweave simulate --calls 200000 --rate 1000 --seed 1 --malformed 0.001 --invalid 0.001 \\
        --inconsistent 0.001 --too-long 0.001 --future 0.001 --late 0.001 --duplicate 0.01
  A file of one million calls, with the true parents beside it:
    callweave simulate --calls 1000000 --seed 7 --out calls.jsonl --truth truth.jsonl

Each trace is Client → Main → (SubService1 and, at the same time, SubService2 → SubService3), and
in 40 % of the traces Main → SubService2 once more after that. A call is delivered some time after
its end, at most 29 s after its start, so the records are in disorder but none that is valid is
late. Without --realtime the simulated time runs as fast as the records are taken, and ends now.

Exit codes: 0 done (also --stream ended by Ctrl-C), 130 a bounded run ended by Ctrl-C, 2 error.";

/// Simulates the calls of a distributed system, with a known truth, into a Kafka topic or a file.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Number of traces [default: 1000, if neither --calls nor --stream is given]
    #[arg(long, value_name = "N", conflicts_with = "calls", help_heading = "How much")]
    pub count: Option<u64>,
    /// Number of valid calls, exactly
    #[arg(long, value_name = "N", help_heading = "How much")]
    pub calls: Option<u64>,
    /// Endless, at the pace of the clock; wins over --count and --calls
    #[arg(long, help_heading = "How much")]
    pub stream: bool,

    /// Deliver at the pace of the clock, instead of as fast as the records are taken
    #[arg(long, conflicts_with = "end_at_ms", help_heading = "Time")]
    pub realtime: bool,
    /// Mean time between the starts of two traces [default: 100]
    #[arg(long, value_name = "MS", help_heading = "Time")]
    pub interval: Option<f64>,
    /// Standard deviation of that time [default: a quarter of it]
    #[arg(long, value_name = "MS", help_heading = "Time")]
    pub std_dev: Option<f64>,
    /// Valid calls per second of simulated time; sets the interval
    #[arg(long, value_name = "N", conflicts_with = "interval", help_heading = "Time")]
    pub rate: Option<f64>,
    /// End at this time instead of now, in ms of the epoch: the same seed then gives the same bytes
    #[arg(long, value_name = "MS", conflicts_with = "stream", help_heading = "Time")]
    pub end_at_ms: Option<i64>,
    /// Degrees of freedom of the chi-squared delay between the end of a call and its delivery
    #[arg(
        long,
        value_name = "DF",
        env = "SIMPY_DELAY_CHISQ_DF",
        default_value_t = 2.0,
        help_heading = "Time"
    )]
    pub delay_chisq_df: f64,
    /// What that delay is multiplied by
    #[arg(
        long,
        value_name = "MS",
        env = "SIMPY_DELAY_SCALE_MS",
        default_value_t = 1000.0,
        help_heading = "Time"
    )]
    pub delay_scale_ms: f64,
    /// The longest delay; a call comes at most 29 s after its start in any case
    #[arg(
        long,
        value_name = "MS",
        env = "SIMPY_MAX_DELAY_MS",
        default_value_t = 30_000.0,
        help_heading = "Time"
    )]
    pub max_delay_ms: f64,

    /// Seed of everything random [default: another one each time, told at the end]
    #[arg(long, value_name = "N", help_heading = "What")]
    pub seed: Option<u64>,
    /// What ids look like
    #[arg(long, value_enum, default_value_t = IdKind::Uuid, help_heading = "What")]
    pub id: IdKind,
    /// Addresses per service; the fourth of a service is IPv6 or a host name
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_POOL)),
        help_heading = "What"
    )]
    pub ip_pool_size: u32,
    #[command(flatten)]
    /// Records beside the valid calls.
    pub shares: ShareArgs,

    /// Kafka brokers
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "KAFKA_BOOTSTRAP",
        default_value = "localhost:9092",
        help_heading = "Where to"
    )]
    pub bootstrap: String,
    /// Kafka topic; created if it is missing
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_TOPIC",
        default_value = "test-topic",
        help_heading = "Where to"
    )]
    pub topic: String,
    /// Partitions of a topic that is created; records go round robin to all that the topic has
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        value_parser = clap::value_parser!(i32).range(1..=10_000),
        help_heading = "Where to"
    )]
    pub partitions: i32,
    /// Write JSON lines to this file instead of Kafka
    #[arg(long, value_name = "FILE", help_heading = "Where to")]
    pub out: Option<PathBuf>,
    /// Write the true trace and parent of every valid call to this file, as JSON lines
    #[arg(long, value_name = "FILE", help_heading = "Where to")]
    pub truth: Option<PathBuf>,
    /// Print every record on stdout as well
    #[arg(long, help_heading = "Where to")]
    pub print_msg: bool,
}

/// How many records of each kind come beside one valid call, on average.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Records beside the valid calls, each per valid call, 0 to 1")]
pub struct ShareArgs {
    /// Not JSON, not UTF-8, not an object, empty, null or oversize
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub malformed: f64,
    /// A field is missing, of another type or out of range
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub invalid: f64,
    /// The end is not the start plus the latency
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub inconsistent: f64,
    /// A latency of 20001 to 60000 ms
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub too_long: f64,
    /// A start one hour ahead
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub future: f64,
    /// A start one hour back; all of them in the second half
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub late: f64,
    /// Exact repeats of calls that are still open
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub duplicate: f64,
}

impl ShareArgs {
    fn shares(&self) -> Shares {
        Shares::default()
            .with(Kind::Malformed, self.malformed)
            .with(Kind::Invalid, self.invalid)
            .with(Kind::Inconsistent, self.inconsistent)
            .with(Kind::TooLong, self.too_long)
            .with(Kind::Future, self.future)
            .with(Kind::Late, self.late)
            .with(Kind::Duplicate, self.duplicate)
    }
}

impl Args {
    /// Whether records are delivered at the pace of the clock. An endless run always is: it would
    /// soon lie in the future otherwise.
    pub fn follows_clock(&self) -> bool {
        self.realtime || self.stream
    }

    /// What to simulate, for traces of `mean_calls` calls.
    ///
    /// # Errors
    /// When a number is out of range.
    pub fn settings(&self, mean_calls: f64) -> anyhow::Result<Settings> {
        let limit = match (self.stream, self.calls) {
            (true, _) => Limit::Endless,
            (false, Some(calls)) => Limit::Calls(calls),
            (false, None) => Limit::Traces(self.count.unwrap_or(DEFAULT_TRACES)),
        };
        let interval_ms = match self.rate {
            Some(rate) => 1000.0 * mean_calls / rate,
            None => self.interval.unwrap_or(DEFAULT_INTERVAL_MS),
        };
        anyhow::ensure!(
            interval_ms.is_finite() && interval_ms > 0.0,
            "--interval and --rate must be above 0"
        );
        let std_dev_ms = self.std_dev.unwrap_or(interval_ms / 4.0);
        anyhow::ensure!(std_dev_ms.is_finite() && std_dev_ms >= 0.0, "--std-dev must not be negative");
        let now_ms = now_ms();
        Ok(Settings {
            seed: self.seed.unwrap_or_else(clock_seed),
            limit,
            interval_ms,
            std_dev_ms,
            anchor_ms: self.end_at_ms.unwrap_or(now_ms),
            begin_at_anchor: self.follows_clock(),
            ip_pool_size: self.ip_pool_size,
            ids: self.id,
            delay: Delay::new(self.delay_chisq_df, self.delay_scale_ms, self.max_delay_ms)?,
            shares: self.shares.shares(),
        })
    }
}

/// The wall clock, ms of the epoch.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

fn clock_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // Microseconds: short enough to type again.
    since.map_or(0, |since| since.as_micros() as u64 % 1_000_000_000)
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a probability is a number from 0 to 1".to_owned()),
    }
}
