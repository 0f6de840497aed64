//! The flags of `callweave simulate`.

use std::ops::Bound;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use callweave_simulate::{
    Delay, Incidents, Limit, Settings, Topology, MAX_INSTANCES, MAX_SKEW_MS, MAX_TIME_MS,
};

use super::help;
use super::kinds::{AddressArg, IdArg};
use super::share_args::{probability, ShareArgs};
use crate::clock::now_ms;
use crate::console::STANDARD;
use crate::files;
use crate::job_options::OutputOptions;
use crate::kafka::{topic_name, KafkaArgs};
use crate::paths::{InputPath, OutputPath};
use crate::values::{integer, number};

const DEFAULT_TRACES: u64 = 1000;
const DEFAULT_INTERVAL_MS: f64 = 100.0;
/// A day.
const MAX_INTERVAL_MS: f64 = 86_400_000.0;
const ABOVE_0: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Unbounded);
const ABOVE_0_TO_A_DAY: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Included(MAX_INTERVAL_MS));

/// Simulates the calls of a distributed system, with a known truth, into a Kafka topic or a file
#[derive(Debug, clap::Args)]
#[command(after_long_help = help::DETAILS)]
pub struct Args {
    /// Number of traces [default: 1000]
    ///
    /// A trace of the built-in structure has 4.4 calls on average.
    #[arg(long, value_name = "N", conflicts_with = "calls", value_parser = integer::<u64>(0..=u64::MAX, ""), help_heading = "How much")]
    pub count: Option<u64>,
    /// Number of valid calls, exactly
    ///
    /// The last trace is cut short where it would be more. What comes beside the valid calls is
    /// not counted.
    #[arg(long, value_name = "N", value_parser = integer::<u64>(0..=u64::MAX, ""), help_heading = "How much")]
    pub calls: Option<u64>,
    /// Endless, at the pace of the clock; wins over --count and --calls
    ///
    /// Runs until Ctrl-C or SIGTERM. Where the records are not taken at this pace, the simulated
    /// time skips ahead, so that no record gets old.
    #[arg(long, help_heading = "How much")]
    pub stream: bool,

    /// Deliver at the pace of the clock, instead of as fast as the records are taken
    ///
    /// The simulated time begins now. The last call is delivered up to 29 s after the last trace
    /// has begun.
    #[arg(long, conflicts_with = "end_at_ms", help_heading = "Time")]
    pub realtime: bool,
    /// Mean time between the starts of two traces [default: 100]
    #[arg(long, value_name = "MS", value_parser = number(ABOVE_0_TO_A_DAY, "ms"), help_heading = "Time")]
    pub interval: Option<f64>,
    /// Standard deviation of that time [default: a quarter of it]
    #[arg(long, value_name = "MS", value_parser = number(0.0..=MAX_INTERVAL_MS, "ms"), help_heading = "Time")]
    pub std_dev: Option<f64>,
    /// Valid calls per second of simulated time; sets the interval
    #[arg(long, value_name = "N", conflicts_with = "interval", value_parser = number(ABOVE_0, "calls a second"), help_heading = "Time")]
    pub rate: Option<f64>,
    /// End at this time instead of now: the same seed then gives the same bytes
    ///
    /// In ms of the epoch. A job takes calls as valid that start at most 10 s ahead of its clock.
    #[arg(
        long,
        value_name = "MS",
        conflicts_with = "stream",
        value_parser = integer::<i64>(0..=MAX_TIME_MS, "ms of the epoch"),
        help_heading = "Time"
    )]
    pub end_at_ms: Option<i64>,
    /// Degrees of freedom of the chi-squared delay between the end of a call and its delivery
    #[arg(
        long,
        value_name = "DF",
        env = "SIMPY_DELAY_CHISQ_DF",
        default_value_t = 2.0,
        value_parser = number(ABOVE_0, ""),
        help_heading = "Time"
    )]
    pub delay_chisq_df: f64,
    /// What that delay is multiplied by
    #[arg(
        long,
        value_name = "MS",
        env = "SIMPY_DELAY_SCALE_MS",
        default_value_t = 1000.0,
        value_parser = number(0.0.., "ms"),
        help_heading = "Time"
    )]
    pub delay_scale_ms: f64,
    /// The longest delay; a call comes at most 29 s after its start in any case
    #[arg(
        long,
        value_name = "MS",
        env = "SIMPY_MAX_DELAY_MS",
        default_value_t = 30_000.0,
        value_parser = number(0.0.., "ms"),
        help_heading = "Time"
    )]
    pub max_delay_ms: f64,
    /// The clock of each host is wrong by a fixed time, up to this, ahead or behind
    ///
    /// A host is an address. The called host stamps the call: its clock shifts the start and the
    /// end, the latency stays right. So a call can lie outside its parent as far as the stamps
    /// tell, and a job that links by them finds fewer parents, or others; --truth still has the
    /// true ones. Nothing valid becomes late: with clocks that are off by up to N ms, a call is
    /// delivered at most 29 s less 2 N after its start. Nor does it lie too far in the future: no
    /// start is stamped more than N ahead of its delivery, and a job allows 10 s.
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 0,
        value_parser = integer::<u32>(0..=MAX_SKEW_MS, "ms"),
        help_heading = "Time"
    )]
    pub clock_skew: u32,

    /// Seed of everything random [default: another one each time, told at the end]
    ///
    /// The same seed gives the same records, shifted in time unless --end-at-ms is given too.
    #[arg(long, value_name = "N", value_parser = integer::<u64>(0..=u64::MAX, ""), help_heading = "What")]
    pub seed: Option<u64>,
    /// Services and the calls between them, from this file [default: built in]
    ///
    /// YAML or JSON; - is stdin. It says which services there are, how many instances they have,
    /// who calls whom one after the other or at the same time, with which probability, and how long
    /// it takes. --print-topology prints one with all fields explained.
    #[arg(long, value_name = "FILE", help_heading = "What")]
    pub topology: Option<InputPath>,
    /// Print the built-in topology on stdout, and do nothing else
    #[arg(long, conflicts_with = "topology", help_heading = "What")]
    pub print_topology: bool,
    /// What goes wrong in the simulated system, from this file
    ///
    /// YAML or JSON; - is stdin. A list of incidents, each with at-s, the second of the simulated time at
    /// which it begins, for-s, how long it lasts (to the end if left out), and one of
    /// slower: {src: Main, dst: SubService1, factor: 3}, gone: {service: Main, instance: 0}, new: SubService2
    /// and burst: 4.
    #[arg(long, value_name = "FILE", help_heading = "What")]
    pub incidents: Option<InputPath>,
    /// What ids look like
    #[arg(long, value_enum, default_value_t = IdArg::Uuid, help_heading = "What")]
    pub id: IdArg,
    /// What addresses look like
    #[arg(long, value_enum, default_value_t = AddressArg::Mixed, help_heading = "What")]
    pub address: AddressArg,
    /// Addresses per service, where the topology does not say how many
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = integer::<u32>(1..=MAX_INSTANCES, ""),
        help_heading = "What"
    )]
    pub ip_pool_size: u32,
    #[command(flatten)]
    /// Records beside the valid calls.
    pub shares: ShareArgs,

    /// How to reach Kafka.
    #[command(flatten, next_help_heading = "Where to")]
    pub kafka: KafkaArgs,
    /// Kafka topic; created if it is missing
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_TOPIC",
        default_value = "test-topic",
        value_parser = topic_name(),
        help_heading = "Where to"
    )]
    pub topic: String,
    /// Partitions of a topic that is created; records go round robin to all that the topic has
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        value_parser = integer::<i32>(1..=10_000, ""),
        help_heading = "Where to"
    )]
    pub partitions: i32,
    /// The first partition gets this share of all records, 0 to 1; the others share the rest
    #[arg(long, value_name = "SHARE", value_parser = probability(), help_heading = "Where to")]
    pub hot_partition: Option<f64>,
    /// Write JSON lines or messages to this file instead of Kafka
    ///
    /// Stdout if it is -. A name that ends in .gz or .zst is compressed, one in .parquet, .csv, .csv.gz or
    /// .csv.zst has rows of calls. The file appears when it is complete; with --stream and --realtime lines
    /// and messages are there at once, and can be followed while the file grows.
    #[arg(long, value_name = "FILE", help_heading = "Where to")]
    pub out: Option<OutputPath>,
    /// How records are written.
    #[command(flatten)]
    pub format: OutputOptions,
    /// No Kafka: print every record on stdout
    ///
    /// With --out, the records go to that file as well.
    #[arg(long, help_heading = "Where to")]
    pub debug: bool,
    /// Write the true trace and parent of every valid call to this file, as JSON lines
    ///
    /// Each line is like {"id":"c3","trace":"0","parents":["c1"],"src":"Main","dst":"SubService1"};
    /// the first call of a trace has no parent. A name that ends in .gz or .zst is compressed.
    #[arg(long, value_name = "FILE", help_heading = "Where to")]
    pub truth: Option<OutputPath>,
    /// Write when each incident begins and ends, and the edges at which it is seen, to this file, as JSON lines
    #[arg(long, value_name = "FILE", help_heading = "Where to")]
    pub incidents_truth: Option<OutputPath>,
    /// Print every record on stdout as well
    #[arg(long, help_heading = "Where to")]
    pub print_msg: bool,
}

impl Args {
    /// Whether records are delivered at the pace of the clock. An endless run always is: it would
    /// soon lie in the future otherwise.
    pub fn follows_clock(&self) -> bool {
        self.realtime || self.stream
    }

    /// The file that takes the records; `None` if Kafka does.
    pub fn record_file(&self) -> Option<&Path> {
        let stdout = self.debug.then(|| Path::new(STANDARD));
        self.out.as_deref().or(stdout)
    }

    /// Whether records are printed beside where they go.
    pub fn prints_beside(&self) -> bool {
        (self.print_msg || self.debug) && self.record_file() != Some(Path::new(STANDARD))
    }

    /// What to simulate.
    ///
    /// # Errors
    /// When a number is out of range, or the file of incidents cannot be read or is wrong.
    pub fn settings(&self, topology: &Topology) -> anyhow::Result<Settings> {
        let mean_calls = topology.mean_calls();
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
            interval_ms > 0.0 && interval_ms <= MAX_INTERVAL_MS,
            "traces would start {interval_ms} ms apart: --interval must be above 0 and at most \
             {MAX_INTERVAL_MS} ms, a day, and --rate accordingly"
        );
        let std_dev_ms = self.std_dev.unwrap_or(interval_ms / 4.0);
        let now_ms = now_ms();
        Ok(Settings {
            seed: self.seed.unwrap_or_else(clock_seed),
            limit,
            interval_ms,
            std_dev_ms,
            anchor_ms: self.end_at_ms.unwrap_or(now_ms),
            begin_at_anchor: self.follows_clock(),
            ip_pool_size: self.ip_pool_size,
            address: self.address.into(),
            clock_skew_ms: self.clock_skew,
            ids: self.id.into(),
            delay: Delay::new(self.delay_chisq_df, self.delay_scale_ms, self.max_delay_ms)?,
            shares: self.shares.shares(),
            incidents: self.read_incidents(topology)?,
        })
    }

    fn read_incidents(&self, topology: &Topology) -> anyhow::Result<Incidents> {
        let Some(path) = &self.incidents else {
            anyhow::ensure!(
                self.incidents_truth.is_none(),
                "--incidents-truth tells of incidents; say with --incidents which there are"
            );
            return Ok(Incidents::default());
        };
        anyhow::ensure!(
            self.topology.as_ref().is_none_or(|topology| !(is_stdin(topology) && is_stdin(path))),
            "--topology - and --incidents - would share stdin: give one of them a file"
        );
        let text = files::read_small(path)?;
        Incidents::parse(&text, topology, self.ip_pool_size)
            .with_context(|| format!("incidents {}", path.display()))
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new(STANDARD)
}

fn clock_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // Microseconds: short enough to type again.
    since.map_or(0, |since| since.as_micros() as u64 % 1_000_000_000)
}
