//! The flags of `callweave verify`.

use std::collections::HashSet;

use callweave_core::edges::panes::Panes;
use callweave_reference::{Rules, Services, WindowRules};

use super::alerts::AlertRules;
use super::outputs::{read_outputs, Outputs};
use crate::files;
use crate::job_options::{read_alert_rules, JobOptions, SpanOptions, WindowOptions};
use crate::kafka::{topic_name, KafkaArgs};
use crate::paths::InputPath;
use crate::values::{integer, reader};

/// A year.
const MAX_TIMEOUT_SECONDS: u64 = 365 * 24 * 60 * 60;

const EXAMPLES: &str = "\
Examples:
  Wait until the job has dealt with everything in the input topic, then compare:
    callweave verify --bootstrap localhost:9092 --wait
  Compare what is there, for a program:
    callweave verify --input-topic calls --output-topic linked --rejects-topic rejected --json
  Of a job that writes links alone:
    callweave verify --outputs links

The topics are read with read_committed, from the beginning to the ends that they have at the start.
Give the options that the job runs with, where they are not its defaults.

Whether a call is late depends on how fast the job read the other partitions. A reject with that
reason is right if the call's time bucket lay behind the watermark of its own partition; the
reference then leaves the call out.

Of chains it is not judged which parent is the most likely one, but whether it can be one, whether every
call is in exactly one chain, and whether the figures are those of the calls. Where calls of one chain
share an id, some of its figures cannot be recomputed: such chains are counted.

Of spans it is judged whether every chain is one trace, with a span or a pair of each call below that of its
parent. Alerts are worked out anew from the records of the windows.

Windows of edges are summed up anew with all calls at hand; percentiles may be 1 % off. A job writes the last
ones when time has passed their end: after idle-flush-ms of silence, or with later calls.

Exit codes: 0 same, 1 different, 2 error.";

/// Recomputes from the input topic what the job must have written, and compares.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// How to reach Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// The topic that the job reads
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_TOPIC",
        default_value = "test-topic",
        value_parser = topic_name()
    )]
    pub input_topic: String,
    /// The topic of its results
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_OUTPUT_TOPIC",
        default_value = "linked-topic",
        value_parser = topic_name()
    )]
    pub output_topic: String,
    /// The topic of its chains
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_CHAINS_TOPIC",
        default_value = "chains-topic",
        value_parser = topic_name()
    )]
    pub chains_topic: String,
    /// The topic of its windows of edges
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_EDGES_TOPIC",
        default_value = "edges-topic",
        value_parser = topic_name()
    )]
    pub edges_topic: String,
    /// The topic of its spans [default: otlp_spans or zipkin, by --spans-format]
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_SPANS_TOPIC",
        value_parser = topic_name()
    )]
    pub spans_topic: Option<String>,
    /// The topic of its alerts
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_ALERTS_TOPIC",
        default_value = "alerts-topic",
        value_parser = topic_name()
    )]
    pub alerts_topic: String,
    /// The topic of its rejects
    #[arg(
        long,
        value_name = "NAME",
        env = "KAFKA_REJECTS_TOPIC",
        default_value = "rejected-topic",
        value_parser = topic_name()
    )]
    pub rejects_topic: String,
    /// What the job writes, and is compared: some of links, chains, edges, spans and alerts with commas
    /// between
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "links,chains",
        value_parser = reader(read_outputs)
    )]
    pub outputs: Outputs,

    /// Wait until every record of the input is accounted for, or until --timeout
    #[arg(long)]
    pub wait: bool,
    /// How long --wait waits
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 300,
        value_parser = integer::<u64>(0..=MAX_TIMEOUT_SECONDS, "seconds")
    )]
    pub timeout: u64,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// Examples of each difference, at most 1000
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        value_parser = integer::<u16>(0..=1000, "")
    )]
    pub show: u16,
    /// The job's rules of alerts, YAML, where they are not the built-in ones
    #[arg(long, value_name = "FILE")]
    pub alert_rules: Option<InputPath>,

    /// The options of the job.
    #[command(flatten)]
    pub job: JobOptions,
    /// The topic was silent for so long that the job may have closed windows early: every valid
    /// call may have been rejected as late
    #[arg(long, help_heading = "Options of the job")]
    pub idle_flush_possible: bool,
    /// The file with names of services
    #[arg(long, value_name = "FILE", help_heading = "Options of the job")]
    pub services: Option<InputPath>,
    /// How windows are cut.
    #[command(flatten)]
    pub window_options: WindowOptions,
    /// How spans are written.
    #[command(flatten)]
    pub span_options: SpanOptions,
}

impl Args {
    /// What the job must have gone by.
    ///
    /// # Errors
    /// When the job would refuse these options together.
    pub fn rules(&self) -> anyhow::Result<Rules> {
        let mut topics = vec![&*self.input_topic, &self.rejects_topic];
        topics.extend(self.outputs.links.then_some(&*self.output_topic));
        topics.extend(self.outputs.chains.then_some(&*self.chains_topic));
        topics.extend(self.outputs.edges.then_some(&*self.edges_topic));
        topics.extend(self.outputs.spans.then_some(self.spans_topic()));
        topics.extend(self.outputs.alerts.then_some(&*self.alerts_topic));
        anyhow::ensure!(
            topics.iter().collect::<HashSet<_>>().len() == topics.len(),
            "the topics of the job are {}; different topics are wanted",
            topics.join(", ")
        );
        let job = self.job.checked()?;
        Ok(Rules {
            max_out_of_order_ms: job.max_out_of_order_ms,
            max_latency_ms: job.max_latency_ms,
            max_future_skew_ms: job.max_future_skew_ms,
            max_links: job.max_links as usize,
            max_record_bytes: job.max_record_bytes as usize,
            bucket_ms: job.bucket_ms,
            pass_through: job.pass_through,
            merge_reports: job.merge_reports,
            idle_flush_possible: self.idle_flush_possible,
            windows: self.window_rules()?,
            spans: self.span_options.rules(),
        })
    }

    /// The topic of spans.
    pub fn spans_topic(&self) -> &str {
        self.spans_topic.as_deref().unwrap_or_else(|| self.span_options.default_topic())
    }

    /// What alerts go by; `None` if they are not compared.
    ///
    /// # Errors
    /// When the file of rules cannot be read or is wrong, or the windows cannot be cut.
    pub fn alert_rules(&self) -> anyhow::Result<Option<AlertRules>> {
        if !self.outputs.alerts {
            return Ok(None);
        }
        let text = self.alert_rules.as_ref().map(read_alert_rules).transpose()?.unwrap_or_default();
        let slide_ms = self.window_options.checked_slide_ms(self.job.bucket_ms)?;
        Ok(Some(AlertRules {
            rules: callweave_core::alerts::Rules::read(&text).map_err(anyhow::Error::msg)?,
            panes: Panes::new(self.window_options.window_ms, slide_ms)?,
            max_series: self.window_options.max_series as usize,
        }))
    }

    fn window_rules(&self) -> anyhow::Result<WindowRules> {
        if !self.outputs.edges {
            return Ok(WindowRules::default());
        }
        let services = self.services.as_ref().map(|path| files::read_small(path)).transpose()?;
        Ok(WindowRules {
            window_ms: self.window_options.window_ms,
            slide_ms: self.window_options.checked_slide_ms(self.job.bucket_ms)?,
            max_series: self.window_options.max_series as usize,
            services: Services::read(&services.unwrap_or_default()),
        })
    }
}
