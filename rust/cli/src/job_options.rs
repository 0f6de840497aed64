//! The options of the job that the command has, too.
//!
//! Names, variables, defaults and bounds are the job's: a test holds them to its list.

use std::ops::RangeInclusive;

use callweave_core::edges::panes::MAX_OVERLAP;

use crate::values::{integer, reader, wanted};

/// Longest time that an option can say, ms.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A call lies in one bucket more than this at most.
const MAX_BUCKETS_PER_CALL: i64 = 10_000;
const TIMES_MS: RangeInclusive<i64> = 0..=DAY_MS;

/// The options of the job that decide what it makes of a call, by the job's names and defaults.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct JobOptions {
    /// The watermark's distance from the highest start
    #[arg(
        long,
        value_name = "MS",
        env = "SIMPY_MAX_OUT_OF_ORDER_MS",
        default_value_t = 30_000,
        value_parser = integer::<i64>(TIMES_MS, "ms")
    )]
    pub max_out_of_order_ms: i64,
    /// Calls that take longer are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 20_000,
        value_parser = integer::<i64>(TIMES_MS, "ms")
    )]
    pub max_latency_ms: i64,
    /// Calls that start further ahead of the clock are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 10_000,
        value_parser = integer::<i64>(TIMES_MS, "ms")
    )]
    pub max_future_skew_ms: i64,
    /// The longest list of parents or children
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        value_parser = integer::<u32>(1..=100_000, "")
    )]
    pub max_links: u32,
    /// Records that are longer are rejected
    #[arg(
        long,
        value_name = "N",
        default_value_t = 65_536,
        value_parser = integer::<u32>(1..=16 << 20, "bytes")
    )]
    pub max_record_bytes: u32,
    /// The length of a time bucket
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 1000,
        value_parser = integer::<i64>(1..=DAY_MS, "ms")
    )]
    pub bucket_ms: i64,
    /// Unknown fields are in the output
    #[arg(
        long,
        value_name = "on|off",
        num_args = 0..=1,
        require_equals = true,
        default_value = "off",
        default_missing_value = "on",
        hide_default_value = true,
        value_parser = reader(on_or_off),
        action = clap::ArgAction::Set
    )]
    pub pass_through: bool,
}

/// How the job makes chains.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct ChainOptions {
    /// The longest chain; calls far from its root are left out
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10_000,
        value_parser = integer::<u32>(1..=100_000, "")
    )]
    pub max_chain_calls: u32,
    /// The length of the windows in which parents are decided, in whole buckets
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 5000,
        value_parser = integer::<i64>(1..=DAY_MS, "ms")
    )]
    pub decide_every_ms: i64,
    /// How much later a window is decided, in whole buckets
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 1000,
        value_parser = integer::<i64>(TIMES_MS, "ms")
    )]
    pub look_ahead_ms: i64,
    /// What the choice of a call's parent may cost, in units of about 20 ns; 0 decides each link by itself
    #[arg(
        long,
        value_name = "N",
        default_value_t = 2000,
        value_parser = integer::<u32>(0..=1_000_000, "")
    )]
    pub attribution_effort: u32,
}

/// How the job sums up calls by windows.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct WindowOptions {
    /// The length of the windows of edges, in whole buckets
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 60_000,
        value_parser = integer::<i64>(1..=DAY_MS, "ms")
    )]
    pub window_ms: i64,
    /// How much later the next window begins, in whole buckets; the length of a window is a multiple of it
    /// [default: that length]
    #[arg(long, value_name = "MS", value_parser = integer::<i64>(1..=DAY_MS, "ms"))]
    pub window_slide_ms: Option<i64>,
    /// Edges, entries and services that a window has at most of each; the others are summed as one
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10_000,
        value_parser = integer::<u32>(1..=1_000_000, "")
    )]
    pub max_series: u32,
}

impl WindowOptions {
    /// The slide, if the job would take the options together.
    ///
    /// # Errors
    /// When windows would cut buckets, or a bucket lie in too many windows.
    pub fn checked_slide_ms(&self, bucket_ms: i64) -> anyhow::Result<i64> {
        let slide_ms = self.window_slide_ms.unwrap_or(self.window_ms);
        anyhow::ensure!(
            slide_ms % bucket_ms == 0,
            "{} {slide_ms} is no multiple of --bucket-ms {bucket_ms}; windows of whole buckets are wanted",
            if self.window_slide_ms.is_some() { "--window-slide-ms" } else { "--window-ms" },
        );
        anyhow::ensure!(
            self.window_ms % slide_ms == 0 && self.window_ms / slide_ms <= MAX_OVERLAP,
            "--window-ms {} is not 1 to {MAX_OVERLAP} times --window-slide-ms {slide_ms}",
            self.window_ms
        );
        Ok(slide_ms)
    }
}

/// How the job divides its state: the result does not depend on it, the speed does.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct CellGroups {
    /// Groups of addresses; the result does not depend on it, the speed does
    #[arg(
        long,
        value_name = "N",
        default_value_t = 16,
        value_parser = integer::<u32>(1..=256, "")
    )]
    pub ip_groups: u32,
    /// Groups of ids; likewise
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = integer::<u32>(1..=256, "")
    )]
    pub id_groups: u32,
}

impl JobOptions {
    /// The options, if the job would take them together.
    ///
    /// # Errors
    /// When calls could lie in too many buckets.
    pub fn checked(&self) -> anyhow::Result<&Self> {
        anyhow::ensure!(
            self.max_latency_ms / self.bucket_ms <= MAX_BUCKETS_PER_CALL,
            "--max-latency-ms {} is more than {MAX_BUCKETS_PER_CALL} times --bucket-ms {}; use wider buckets",
            self.max_latency_ms,
            self.bucket_ms
        );
        Ok(self)
    }
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err(wanted(text, "on or off", "")),
    }
}
