//! The options of the job that the command has, too.
//!
//! Names, variables, defaults and bounds are the job's, by one [`table`].

mod formats;
mod sinks;
pub mod table;

use callweave_core::alerts::Rules;
use callweave_core::spans::{SpanStyle, SpansConfig, SpansFormat};
use callweave_reference::SpanRules;
use table::{
    ATTRIBUTION_EFFORT, BUCKET_MS, DECIDE_EVERY_MS, ID_GROUPS, IP_GROUPS, LOOK_AHEAD_MS,
    MAX_BUCKETS_PER_CALL, MAX_CHAIN_CALLS, MAX_FUTURE_SKEW_MS, MAX_LATENCY_MS, MAX_LINKS,
    MAX_OUT_OF_ORDER_MS, MAX_RECORD_BYTES, MAX_SERIES, MERGE_REPORTS, PASS_THROUGH, SPANS_FORMAT, SPAN_STYLE,
    WINDOW_MS, WINDOW_SLIDE_MS,
};

pub use formats::{format, InputOptions, OutputOptions};

use crate::files;
use crate::paths::InputPath;

/// The word of a format of spans, and that of a style.
const ZIPKIN: &str = "zipkin";
const PAIR: &str = "pair";

/// The options of the job that decide what it makes of a call, by the job's names and defaults.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct JobOptions {
    /// The watermark's distance from the highest start
    #[arg(
        long,
        value_name = "MS",
        env = MAX_OUT_OF_ORDER_MS.environment[0],
        default_value = MAX_OUT_OF_ORDER_MS.default,
        value_parser = MAX_OUT_OF_ORDER_MS.integer::<i64>()
    )]
    pub max_out_of_order_ms: i64,
    /// Calls that take longer are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value = MAX_LATENCY_MS.default,
        value_parser = MAX_LATENCY_MS.integer::<i64>()
    )]
    pub max_latency_ms: i64,
    /// Calls that start further ahead of the clock are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value = MAX_FUTURE_SKEW_MS.default,
        value_parser = MAX_FUTURE_SKEW_MS.integer::<i64>()
    )]
    pub max_future_skew_ms: i64,
    /// The longest list of parents or children
    #[arg(
        long,
        value_name = "N",
        default_value = MAX_LINKS.default,
        value_parser = MAX_LINKS.integer::<u32>()
    )]
    pub max_links: u32,
    /// Records that are longer are rejected
    #[arg(
        long,
        value_name = "N",
        default_value = MAX_RECORD_BYTES.default,
        value_parser = MAX_RECORD_BYTES.integer::<u32>()
    )]
    pub max_record_bytes: u32,
    /// The length of a time bucket
    #[arg(
        long,
        value_name = "MS",
        default_value = BUCKET_MS.default,
        value_parser = BUCKET_MS.integer::<i64>()
    )]
    pub bucket_ms: i64,
    /// Unknown fields are in the output
    #[arg(
        long,
        value_name = "on|off",
        num_args = 0..=1,
        require_equals = true,
        default_value = PASS_THROUGH.default,
        default_missing_value = "on",
        hide_default_value = true,
        value_parser = PASS_THROUGH.on_or_off(),
        action = clap::ArgAction::Set
    )]
    pub pass_through: bool,
    /// What both ends of a call tell of it is one call: records with the same id and addresses, one of which lies in
    /// the other but for 50 ms; the longer one counts
    #[arg(
        long,
        value_name = "on|off",
        num_args = 0..=1,
        require_equals = true,
        default_value = MERGE_REPORTS.default,
        default_missing_value = "on",
        hide_default_value = true,
        value_parser = MERGE_REPORTS.on_or_off(),
        action = clap::ArgAction::Set
    )]
    pub merge_reports: bool,
}

/// How the job makes chains.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct ChainOptions {
    /// The longest chain; calls far from its root are left out
    #[arg(
        long,
        value_name = "N",
        default_value = MAX_CHAIN_CALLS.default,
        value_parser = MAX_CHAIN_CALLS.integer::<u32>()
    )]
    pub max_chain_calls: u32,
    /// The length of the windows in which parents are decided, in whole buckets
    #[arg(
        long,
        value_name = "MS",
        default_value = DECIDE_EVERY_MS.default,
        value_parser = DECIDE_EVERY_MS.integer::<i64>()
    )]
    pub decide_every_ms: i64,
    /// How much later a window is decided, in whole buckets
    #[arg(
        long,
        value_name = "MS",
        default_value = LOOK_AHEAD_MS.default,
        value_parser = LOOK_AHEAD_MS.integer::<i64>()
    )]
    pub look_ahead_ms: i64,
    /// What the choice of a call's parent may cost, in units of about 20 ns; 0 decides each link by itself
    #[arg(
        long,
        value_name = "N",
        default_value = ATTRIBUTION_EFFORT.default,
        value_parser = ATTRIBUTION_EFFORT.integer::<u32>()
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
        default_value = WINDOW_MS.default,
        value_parser = WINDOW_MS.integer::<i64>()
    )]
    pub window_ms: i64,
    /// How much later the next window begins, in whole buckets; the length of a window is a multiple of it
    /// [default: that length]
    #[arg(long, value_name = "MS", value_parser = WINDOW_SLIDE_MS.integer::<i64>())]
    pub window_slide_ms: Option<i64>,
    /// Edges, entries and services that a window has at most of each; the others are summed as one
    #[arg(
        long,
        value_name = "N",
        default_value = MAX_SERIES.default,
        value_parser = MAX_SERIES.integer::<u32>()
    )]
    pub max_series: u32,
}

impl WindowOptions {
    /// The slide, if the job would take the options together.
    ///
    /// # Errors
    /// When windows would cut buckets, or a bucket lie in too many windows.
    pub fn checked_slide_ms(&self, bucket_ms: i64) -> anyhow::Result<i64> {
        table::check_windows("--", self.window_ms, self.window_slide_ms, bucket_ms)
            .map_err(anyhow::Error::msg)
    }
}

/// Which spans the job makes of chains.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct SpanOptions {
    /// The form of the spans: otlp or zipkin
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = SPANS_FORMAT.default,
        value_parser = SPANS_FORMAT.word()
    )]
    pub spans_format: String,
    /// What a call becomes: one span of the server, or a pair with one of the client above it
    #[arg(
        long,
        value_name = "STYLE",
        default_value = SPAN_STYLE.default,
        value_parser = SPAN_STYLE.word()
    )]
    pub span_style: String,
}

impl SpanOptions {
    /// The topic that the job writes them to where it is given none.
    pub fn default_topic(&self) -> &'static str {
        match &*self.spans_format {
            ZIPKIN => "zipkin",
            _ => "otlp_spans",
        }
    }

    /// What the reference goes by.
    pub fn rules(&self) -> SpanRules {
        SpanRules {
            format: match &*self.spans_format {
                ZIPKIN => callweave_reference::SpansFormat::Zipkin,
                _ => callweave_reference::SpansFormat::Otlp,
            },
            is_pair: self.span_style == PAIR,
        }
    }

    /// The spans of a file: those of OTLP in its JSON, which is what its readers take from files.
    pub fn in_a_file(&self) -> SpansConfig {
        SpansConfig {
            format: match &*self.spans_format {
                ZIPKIN => SpansFormat::Zipkin,
                _ => SpansFormat::OtlpJson,
            },
            style: match &*self.span_style {
                PAIR => SpanStyle::Pair,
                _ => SpanStyle::Server,
            },
        }
    }
}

/// What is changed of the built-in rules of alerts.
///
/// # Errors
/// When the file cannot be read, or is not right.
pub fn read_alert_rules(path: &InputPath) -> anyhow::Result<String> {
    let text = files::read_small(path)?;
    Rules::read(&text).map_err(|wrong| anyhow::anyhow!("--alert-rules {}: {wrong}", path.display()))?;
    Ok(text)
}

/// How the job divides its state: the result does not depend on it, the speed does.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct CellGroups {
    /// Groups of addresses; the result does not depend on it, the speed does
    #[arg(
        long,
        value_name = "N",
        default_value = IP_GROUPS.default,
        value_parser = IP_GROUPS.integer::<u32>()
    )]
    pub ip_groups: u32,
    /// Groups of ids; likewise
    #[arg(
        long,
        value_name = "N",
        default_value = ID_GROUPS.default,
        value_parser = ID_GROUPS.integer::<u32>()
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
