//! The flags of `callweave link`.

use std::path::PathBuf;

use callweave_core::chain::services::Services;
use callweave_core::protobuf::RecordFormat;
use callweave_core::route::RouteConfig;
use clap::ValueHint;

use super::settings::{ChainSettings, Settings, WindowSettings};
use crate::files;
use crate::framing::format_by_name;
use crate::job_options::{
    read_alert_rules, CellGroups, ChainOptions, InputOptions, JobOptions, OutputOptions, SpanOptions,
    WindowOptions,
};
use crate::output::has_rows;
use crate::paths::{InputPath, OutputPath};
use crate::values::integer;

const EXAMPLES: &str = "\
Examples:
  Link a file:
    callweave link calls.jsonl -o linked.jsonl
  Keep what cannot be linked, with the reason; everything compressed:
    callweave link calls.jsonl.gz -o linked.jsonl.zst --rejects rejected.jsonl.gz
  One file for each partition of a topic, in no order between them:
    callweave link --sort partition-*.jsonl -o linked.jsonl
  Chains beside the links, with names of services:
    callweave link calls.jsonl -o linked.jsonl --chains chains.jsonl --services services.csv
  Spans of Zipkin, one a line:
    callweave link spans.jsonl --map zipkin -o linked.jsonl
  How each edge is doing, by the minute, of services by name:
    callweave link calls.jsonl -o linked.jsonl --edges edges.jsonl --services services.csv
  What is not as usual, by rules of one's own:
    callweave link calls.jsonl -o linked.jsonl --alerts alerts.jsonl --alert-rules rules.yaml
  Chains as spans for Zipkin, a list of spans a line:
    callweave link calls.jsonl -o linked.jsonl --spans spans.jsonl --spans-format zipkin
  Messages in protobuf, each behind its length, in and out:
    callweave link calls.pb -o linked.pb.zst
  From and to Parquet and CSV files:
    callweave link calls.parquet -o linked.parquet --chains chains.parquet
    callweave link calls.csv -o linked.csv.gz
  In a pipe:
    zcat calls.gz | callweave link - -o - | jq 'select(.parents == [])'

Input is one call a line, JSON, as the job reads it from its topic. Files that are compressed with
gzip or zstd are told by their first bytes, and so are Parquet files; .csv, .csv.gz and .csv.zst have CSV.
Rows become JSON by the names of their columns. Several files are read one after the other.

With --map the lines have names and units of their own; docs/mapping.md has all that a map can say.

With --input-format protobuf, or where the names of the files end in .pb, the input is messages: a
Call of proto/callweave.proto each, behind its length as a varint. Likewise linked calls, chains and edges
are written; spans and rejects have JSON lines, rejects with the number of the message instead of a line.

Output is one call a line with its parents and children, as the job writes it. Its lines are in
order of the time buckets in which calls end. A name that ends in .gz or .zst is compressed, one that ends
in .parquet is a Parquet file, in .csv, .csv.gz or .csv.zst one of CSV, but for spans. A file appears under its name when it is complete.

Chains are one line each: the calls that most likely caused each other, with the time that each call
took of its chain. Services are named by lines ADDRESS,NAME or ADDRESS: NAME; an address is an IP
address, a network as 10.1.0.0/16, a host name, or *.DOMAIN; the most specific one counts.

Edges are one line for each window and edge: from which service to which, how many calls, and how long they
took. With --chains there are also lines for entries, which are chains by the service that their first call
went to, and for services: what share of the chains' time they are to blame for.

Alerts are one line when one begins and one when it ends: an edge, or with --chains an entry, that is slower
or faster, has more calls or fewer, is new or has vanished, by its own past. docs/alerts.md has the rules.

Spans are one line for each chain: with --spans-format otlp a TracesData in OTLP's JSON, as the collector's
file receiver takes it, with zipkin a list of spans, as Zipkin takes it. With --span-style server a call
is one span of the service that it went to; with pair there is one of the caller above it.

Rejects are lines {\"reason\":…,\"detail\":…,\"file\":…,\"line\":…,\"value\":…}. The value is the input line
as a JSON string; one that is not UTF-8 is in \"value_base64\" instead. Without --rejects they are
only counted.

Without --sort the input has to be in order of start_at_ms, but for --max-out-of-order-ms: a call is
late if its time bucket was closed when it was read. Buckets close once for every 4 MiB of input, so
a short file has no late calls. The memory then follows the calls that are open,
not the length of the file. With --sort the input may be in any order, and no call is late; what does
not fit into --sort-mib goes to temporary files as large as the input.

Every line read is written, rejected or dropped as a duplicate; the summary on stderr gives the sums.

Exit codes: 0 done, also with rejects; 2 error, also for an input that is not one JSON object a line (an
array, CSV, an archive …): the error names the command that makes such lines; 130 or 143 ended by a
signal, before any file appears; 141 nobody reads the output any more.";

/// Links calls in files, without Flink or Kafka: the job's rule, options and output.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Files of calls, one JSON object a line; - is stdin
    #[arg(value_name = "IN", required = true)]
    pub inputs: Vec<InputPath>,
    /// The file of linked calls; - is stdout
    #[arg(long, short, value_name = "FILE")]
    pub out: OutputPath,
    /// The file of what cannot be linked, with the reasons
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<OutputPath>,
    /// The file of chains: the most likely parent of each call, and what each chain cost
    #[arg(long, value_name = "FILE")]
    pub chains: Option<OutputPath>,
    /// The file of windows: how each edge is doing, and with --chains each entry and service
    #[arg(long, value_name = "FILE")]
    pub edges: Option<OutputPath>,
    /// The file of alerts: edges, and with --chains entries, that are not as they usually are
    #[arg(long, value_name = "FILE")]
    pub alerts: Option<OutputPath>,
    /// Rules of alerts, YAML, in place of the built-in ones
    #[arg(long, value_name = "FILE")]
    pub alert_rules: Option<InputPath>,
    /// The file of the chains as spans, for Zipkin, Jaeger or the OpenTelemetry Collector
    #[arg(long, value_name = "FILE")]
    pub spans: Option<OutputPath>,
    /// Names of services for chains, edges, alerts and spans, lines ADDRESS,NAME
    #[arg(long, value_name = "FILE")]
    pub services: Option<InputPath>,
    /// The input is in no order: bring it into order first
    #[arg(long)]
    pub sort: bool,
    /// Read the input twice: the chains begin with what was learned from all of it. Takes twice as long
    #[arg(long, requires = "chains")]
    pub learn_first: bool,
    /// Memory for sorting; more goes to temporary files
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1024,
        requires = "sort",
        value_parser = integer::<u32>(1..=u32::MAX, "MiB")
    )]
    pub sort_mib: u32,
    /// Folder of the temporary files [default: the system's]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, requires = "sort")]
    pub temp_dir: Option<PathBuf>,
    /// Threads that link [default: one for each core]
    #[arg(long, value_name = "N", value_parser = integer::<u16>(1..=1024, ""))]
    pub threads: Option<u16>,

    /// The options of the job.
    #[command(flatten)]
    pub job: JobOptions,
    /// The form of the input.
    #[command(flatten)]
    pub input: InputOptions,
    /// The form of the linked calls.
    #[command(flatten)]
    pub output: OutputOptions,
    /// How chains are made.
    #[command(flatten)]
    pub chain_options: ChainOptions,
    /// How windows are cut.
    #[command(flatten)]
    pub window_options: WindowOptions,
    /// Which spans are made.
    #[command(flatten)]
    pub span_options: SpanOptions,
    /// How the state is divided.
    #[command(flatten)]
    pub groups: CellGroups,
}

impl Args {
    /// How to link.
    ///
    /// # Errors
    /// When the options do not fit together.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let job = self.job.checked()?;
        anyhow::ensure!(
            self.services.is_none() || self.makes_chains() || self.makes_windows(),
            "--services names the services of chains, edges, alerts and spans; say with --chains, --edges, \
             --alerts or --spans where these go"
        );
        anyhow::ensure!(
            self.alert_rules.is_none() || self.alerts.is_some(),
            "--alert-rules says when alerts begin; say with --alerts where these go"
        );
        let (format, output_format) = (self.input_format()?, self.output.format(Some(&self.out)));
        anyhow::ensure!(
            !job.pass_through || (format, output_format) == (RecordFormat::Json, RecordFormat::Json),
            "--pass-through passes on fields by their names, which messages do not have: leave it out, or read and \
             write JSON"
        );
        self.check_rows(output_format)?;
        // What the kernel would refuse, too, in words of its own.
        self.input.mapping()?;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Settings {
            route: RouteConfig {
                bucket_ms: job.bucket_ms,
                ip_groups: self.groups.ip_groups,
                max_latency_ms: job.max_latency_ms,
                max_future_skew_ms: job.max_future_skew_ms,
                max_record_bytes: job.max_record_bytes as usize,
                pass_through: job.pass_through,
                map: self.input.map.as_ref().map(|map| map.text.clone()).unwrap_or_default(),
                format,
                message: self.input.input_message.as_ref().map(|own| own.config.clone()),
                merge_reports: job.merge_reports,
            },
            output_format,
            id_groups: self.groups.id_groups,
            max_links: job.max_links,
            chains: self.makes_chains().then(|| self.chain_settings()),
            windows: self.makes_windows().then(|| self.window_settings()).transpose()?,
            services: self.read_services()?,
            max_out_of_order_ms: job.max_out_of_order_ms,
            threads: self.threads.map_or_else(cores, usize::from),
        })
    }

    /// The format of the input.
    ///
    /// # Errors
    /// As [`InputOptions::format`].
    pub fn input_format(&self) -> anyhow::Result<RecordFormat> {
        self.input.format(self.inputs.iter().map(|path| format_by_name(path)))
    }

    /// Rows are made of JSON.
    fn check_rows(&self, links: RecordFormat) -> anyhow::Result<()> {
        let others = [&self.chains, &self.edges].into_iter().flatten();
        let others = others.map(|path| (path, self.output.format(Some(path))));
        for (path, format) in [(&self.out, links)].into_iter().chain(others) {
            anyhow::ensure!(
                format == RecordFormat::Json || !has_rows(path),
                "--output-format protobuf writes messages, which {} has no columns for: leave it out, or give the file \
                 another ending",
                path.display()
            );
        }
        Ok(())
    }

    fn makes_chains(&self) -> bool {
        self.chains.is_some() || self.spans.is_some()
    }

    fn makes_windows(&self) -> bool {
        self.edges.is_some() || self.alerts.is_some()
    }

    /// What is changed of the built-in rules; `None` if nothing is judged.
    fn read_rules(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.alert_rules else {
            return Ok(self.alerts.as_ref().map(|_| String::new()));
        };
        Ok(Some(read_alert_rules(path)?))
    }

    fn read_services(&self) -> anyhow::Result<String> {
        let Some(path) = &self.services else {
            return Ok(String::new());
        };
        let text = files::read_small(path)?;
        Services::read(&text).map_err(|wrong| anyhow::anyhow!("--services {}: {wrong}", path.display()))?;
        Ok(text)
    }

    fn chain_settings(&self) -> ChainSettings {
        let bucket_ms = self.job.bucket_ms;
        ChainSettings {
            window_ms: in_buckets(self.chain_options.decide_every_ms, bucket_ms),
            look_ahead_ms: in_buckets(self.chain_options.look_ahead_ms, bucket_ms),
            effort: self.chain_options.attribution_effort,
            max_chain_calls: self.chain_options.max_chain_calls,
            writes_records: self.chains.is_some(),
            format: self.output.format(self.chains.as_deref()),
            spans: self.spans.as_ref().map(|_| self.span_options.in_a_file()),
        }
    }

    fn window_settings(&self) -> anyhow::Result<WindowSettings> {
        let WindowOptions { window_ms, max_series, .. } = self.window_options;
        let slide_ms = self.window_options.checked_slide_ms(self.job.bucket_ms)?;
        let format = self.output.format(self.edges.as_deref());
        let (writes_records, rules) = (self.edges.is_some(), self.read_rules()?);
        Ok(WindowSettings { window_ms, slide_ms, max_series, format, writes_records, rules })
    }

    /// Where temporary files go.
    pub fn temp_dir(&self) -> PathBuf {
        self.temp_dir.clone().unwrap_or_else(std::env::temp_dir)
    }
}

/// A time in whole buckets, rounded up, as the job does it.
fn in_buckets(time_ms: i64, bucket_ms: i64) -> i64 {
    (time_ms + bucket_ms - 1) / bucket_ms * bucket_ms
}
