//! The table of the job's options: names, variables, defaults and what a right value is.
//!
//! The flags of the command and the job file are both read by it, and a test holds it to the job's own.

use std::collections::HashSet;

use callweave_core::call::map::Mapping;
use callweave_core::edges::panes::MAX_OVERLAP;
use strsim::damerau_levenshtein;

use super::sinks::{check_name_servers, check_sinks, Sinks, KAFKA, REJECTS, ROCKETMQ};
use crate::kafka::{brokers, check_topic_name};
use crate::values::{integer, quoted, reader, wanted, Reader};

/// Any property of the Kafka clients follows.
const KAFKA_PREFIX: &str = "kafka.";
/// Longest time that an option can say, ms.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A call lies in one bucket more than this at most.
pub const MAX_BUCKETS_PER_CALL: i64 = 10_000;
/// Letters that are wrong, missing or too many in a name that is taken for a misspelt one.
const MAX_TYPOS: usize = 3;

/// What a right value of an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Brokers, with commas between.
    Brokers,
    /// The name of a topic, by Kafka's rule.
    Topic,
    /// A text that is not empty.
    Text,
    /// Where the fields of a call stand in a record.
    Map,
    /// The URI of a folder.
    Folder,
    /// On or off.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One or more of these words, with commas between.
    Several(&'static [&'static str]),
    /// Where outputs go: one word for all, or a word for each output that is named.
    Sinks,
    /// An integer within bounds, both included. The unit is empty where it only counts.
    Integer {
        /// The least right one.
        least: i64,
        /// The greatest.
        most: i64,
        /// Of the number.
        unit: &'static str,
    },
}

/// What files that the job writes hold.
const FILE_FORMATS: &[&str] = &["jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst", "parquet"];

/// One option of the job.
#[derive(Clone, Copy, Debug)]
pub struct JobOption {
    /// As it is written behind `--`.
    pub name: &'static str,
    /// Variables that set it where the job is submitted; the first one that is set counts.
    pub environment: &'static [&'static str],
    /// As a user would write it; empty if there is none.
    pub default: &'static str,
    /// What a right value is.
    pub rule: Rule,
}

impl JobOption {
    const fn new(name: &'static str, default: &'static str, rule: Rule) -> Self {
        Self { name, environment: &[], default, rule }
    }

    const fn ms(name: &'static str, default: &'static str, least: i64) -> Self {
        Self::new(name, default, Rule::Integer { least, most: DAY_MS, unit: "ms" })
    }

    const fn count(name: &'static str, default: &'static str, least: i64, most: i64) -> Self {
        Self::new(name, default, Rule::Integer { least, most, unit: "" })
    }

    const fn or(self, environment: &'static [&'static str]) -> Self {
        Self { environment, ..self }
    }

    /// Reads the value of a flag of this name, for an option that is an integer.
    pub fn integer<T: TryFrom<i128> + 'static>(&self) -> Reader<impl Fn(&str) -> Result<T, String> + Clone> {
        let (least, most, unit) = match self.rule {
            Rule::Integer { least, most, unit } => (least, most, unit),
            _ => (i64::MIN, i64::MAX, ""),
        };
        integer::<T>(least..=most, unit)
    }

    /// Reads the value of a flag of this name, for an option that is one of some words.
    pub fn word(self) -> Reader<impl Fn(&str) -> Result<String, String> + Clone> {
        reader(move |text: &str| self.check(text).map(|()| text.to_owned()))
    }

    /// Reads the value of a flag of this name, for an option that is on or off.
    pub fn on_or_off(&self) -> Reader<impl Fn(&str) -> Result<bool, String> + Clone> {
        reader(on_or_off)
    }

    /// Whether the job takes the value.
    ///
    /// # Errors
    /// What follows the option's name: what is wrong, and what would be right.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let is_right =
            |is_right: bool, right: &str| is_right.then_some(()).ok_or_else(|| wanted(value, right, ""));
        match self.rule {
            Rule::Brokers => brokers::read(value).map(drop),
            Rule::Topic => check_topic_name(value),
            Rule::Text => is_right(!value.is_empty(), "a text that is not empty"),
            Rule::Map => Mapping::read(value).map(drop),
            Rule::Folder => {
                is_right(is_folder(value), "a URI as file:///checkpoints or s3://bucket/checkpoints")
            }
            Rule::Flag => on_or_off(value).map(drop),
            Rule::Choice(words) => is_right(words.contains(&value), &words.join(" or ")),
            Rule::Several(words) => {
                let chosen: Vec<&str> = value.split(',').collect();
                let distinct = chosen.iter().collect::<HashSet<_>>().len() == chosen.len();
                let right = format!("one or more of {} with commas between", words.join(", "));
                is_right(distinct && chosen.iter().all(|word| words.contains(word)), &right)
            }
            Rule::Sinks => {
                let right =
                    "kafka, rocketmq, files or print, for all outputs, or by output as links=kafka,chains=files";
                is_right(Sinks::read(value).is_some(), right)
            }
            Rule::Integer { least, most, unit } => {
                let number = value.parse().ok().filter(|number| (least..=most).contains(number));
                let right = format!("an integer from {least} to {most}");
                number.map(drop).ok_or_else(|| wanted(value, right, unit))
            }
        }
    }
}

macro_rules! options {
    ($($name:ident = $option:expr;)+) => {
        $(#[doc = concat!("`", stringify!($name), "` of the job.")] pub const $name: JobOption = $option;)+
        /// All options, in the job's order.
        pub const ALL: &[JobOption] = &[$($name),+];
    };
}

options! {
    BOOTSTRAP = JobOption::new("bootstrap", "localhost:9092", Rule::Brokers).or(&["KAFKA_BOOTSTRAP"]);
    INPUT_TOPIC = JobOption::new("input-topic", "test-topic", Rule::Topic).or(&["KAFKA_TOPIC"]);
    SOURCE = JobOption::new("source", "kafka", Rule::Choice(&["kafka", "files", "rocketmq"]));
    ROCKETMQ_NAMESRV = JobOption::new("rocketmq-namesrv", "", Rule::Brokers);
    INPUT = JobOption::new("input", "", Rule::Text);
    WATCH = JobOption::new("watch", "off", Rule::Flag);
    OUTPUT_TOPIC = JobOption::new("output-topic", "linked-topic", Rule::Topic).or(&["KAFKA_OUTPUT_TOPIC"]);
    CHAINS_TOPIC = JobOption::new("chains-topic", "chains-topic", Rule::Topic).or(&["KAFKA_CHAINS_TOPIC"]);
    EDGES_TOPIC = JobOption::new("edges-topic", "edges-topic", Rule::Topic).or(&["KAFKA_EDGES_TOPIC"]);
    ALERTS_TOPIC = JobOption::new("alerts-topic", "alerts-topic", Rule::Topic).or(&["KAFKA_ALERTS_TOPIC"]);
    SPANS_TOPIC = JobOption::new("spans-topic", "", Rule::Topic).or(&["KAFKA_SPANS_TOPIC"]);
    REJECTS_TOPIC = JobOption::new("rejects-topic", "rejected-topic", Rule::Topic).or(&["KAFKA_REJECTS_TOPIC"]);
    OUTPUTS = JobOption::new("outputs", "links,chains", Rule::Several(&["links", "chains", "edges", "spans", "alerts"]));
    SINK = JobOption::new("sink", "kafka", Rule::Sinks);
    OUTPUT = JobOption::new("output", "", Rule::Text);
    FILE_FORMAT = JobOption::new("file-format", "jsonl", Rule::Choice(FILE_FORMATS));
    GROUP_ID = JobOption::new("group-id", "callweave", Rule::Text).or(&["KAFKA_GROUP_ID"]);
    AUTO_OFFSET_RESET = JobOption::new("auto-offset-reset", "earliest", Rule::Choice(&["earliest", "latest"]))
        .or(&["KAFKA_AUTO_OFFSET_RESET"]);
    PARALLELISM = JobOption::count("parallelism", "", 1, 720)
        .or(&["SIMPY_PARALLELISM", "KAFKA_PARTITIONS", "KAFKA_NUM_PARTITIONS"]);
    MAX_OUT_OF_ORDER_MS = JobOption::ms("max-out-of-order-ms", "30000", 0).or(&["SIMPY_MAX_OUT_OF_ORDER_MS"]);
    IDLE_FLUSH_MS = JobOption::ms("idle-flush-ms", "30000", 0).or(&["SIMPY_IDLE_FLUSH_MS"]);
    MAX_LATENCY_MS = JobOption::ms("max-latency-ms", "20000", 0);
    MAX_FUTURE_SKEW_MS = JobOption::ms("max-future-skew-ms", "10000", 0);
    PARTITION_IDLE_MS = JobOption::ms("partition-idle-ms", "10000", 0);
    MAX_LINKS = JobOption::count("max-links", "1000", 1, 100_000);
    MAX_RECORD_BYTES = JobOption::new(
        "max-record-bytes", "65536", Rule::Integer { least: 1, most: 16 << 20, unit: "bytes" });
    PASS_THROUGH = JobOption::new("pass-through", "off", Rule::Flag);
    MERGE_REPORTS = JobOption::new("merge-reports", "off", Rule::Flag);
    MAP = JobOption::new("map", "", Rule::Map);
    INPUT_MESSAGE = JobOption::new("input-message", "", Rule::Text);
    INPUT_FORMAT = JobOption::new("input-format", "json", Rule::Choice(&["json", "protobuf"]));
    OUTPUT_FORMAT = JobOption::new("output-format", "json", Rule::Choice(&["json", "protobuf"]));
    MAX_CHAIN_CALLS = JobOption::count("max-chain-calls", "10000", 1, 100_000);
    SERVICES = JobOption::new("services", "", Rule::Text);
    DECIDE_EVERY_MS = JobOption::ms("decide-every-ms", "5000", 1);
    LOOK_AHEAD_MS = JobOption::ms("look-ahead-ms", "1000", 0);
    ATTRIBUTION_EFFORT = JobOption::count("attribution-effort", "2000", 0, 1_000_000);
    WINDOW_MS = JobOption::ms("window-ms", "60000", 1);
    WINDOW_SLIDE_MS = JobOption::ms("window-slide-ms", "", 1);
    MAX_SERIES = JobOption::count("max-series", "10000", 1, 1_000_000);
    ALERTS = JobOption::new("alerts", "", Rule::Text);
    SPANS_FORMAT = JobOption::new("spans-format", "otlp", Rule::Choice(&["otlp", "zipkin"]));
    SPAN_STYLE = JobOption::new("span-style", "server", Rule::Choice(&["server", "pair"]));
    BUCKET_MS = JobOption::ms("bucket-ms", "1000", 1);
    IP_GROUPS = JobOption::count("ip-groups", "16", 1, 256);
    ID_GROUPS = JobOption::count("id-groups", "4", 1, 256);
    WRITE_BEHIND_MIB = JobOption::new(
        "write-behind-mib", "96", Rule::Integer { least: 0, most: 1 << 20, unit: "MiB" });
    DELIVERY = JobOption::new("delivery", "exactly-once", Rule::Choice(&["exactly-once", "at-least-once"]));
    CHECKPOINT_INTERVAL_MS = JobOption::ms("checkpoint-interval-ms", "10000", 10);
    CHECKPOINT_DIR = JobOption::new("checkpoint-dir", "", Rule::Folder);
    KAFKA_CONFIG = JobOption::new("kafka-config", "", Rule::Text);
    JOB_NAME = JobOption::new("job-name", "callweave", Rule::Text);
}

/// Whether the job takes these options together. `value` finds what is set for an option.
///
/// # Errors
/// The first that is wrong, and what would be right. The value of a Kafka property is in no message: it may
/// be a secret.
pub fn check_all<'a>(options: impl IntoIterator<Item = (&'a str, &'a str)> + Clone) -> Result<(), String> {
    for (name, value) in options.clone() {
        match ALL.iter().find(|option| option.name == name) {
            Some(option) => option.check(value).map_err(|wrong| format!("{name} {wrong}"))?,
            None if name.strip_prefix(KAFKA_PREFIX).is_some_and(|property| !property.is_empty()) => {}
            None => return Err(no_option(name)),
        }
    }
    let value = |wanted: JobOption| {
        let given = options.clone().into_iter().find(|(name, _)| *name == wanted.name);
        given.map_or(wanted.default, |(_, value)| value)
    };
    let number = |option| value(option).parse::<i64>().unwrap_or(1);
    let (latency_ms, bucket_ms) = (number(MAX_LATENCY_MS), number(BUCKET_MS));
    if latency_ms / bucket_ms > MAX_BUCKETS_PER_CALL {
        return Err(format!(
            "max-latency-ms {latency_ms} is more than {MAX_BUCKETS_PER_CALL} times bucket-ms {bucket_ms}; \
             use wider buckets"
        ));
    }
    let writes = |word| value(OUTPUTS).split(',').any(|output| output == word);
    if writes("edges") || writes("alerts") {
        let slide_ms = value(WINDOW_SLIDE_MS).parse().ok();
        check_windows("", number(WINDOW_MS), slide_ms, bucket_ms)?;
    }
    let reads_files = value(SOURCE) == "files";
    match (reads_files, value(INPUT)) {
        (true, "") => return Err("source files wants input, the file or folder to read".to_owned()),
        (false, input) if !input.is_empty() || on_or_off(value(WATCH)) == Ok(true) => {
            return Err(format!("input and watch are for source files, and source is {}", value(SOURCE)));
        }
        _ => {}
    }
    let written = |output| output == REJECTS || writes(output);
    let sinks = Sinks::read(value(SINK)).unwrap_or_default();
    check_sinks(&sinks, value(SINK), value(OUTPUT), written)?;
    check_name_servers(&sinks, value(SINK), value(SOURCE), value(ROCKETMQ_NAMESRV), written)?;
    if writes("spans") && sinks.of("spans") == "files" && !value(FILE_FORMAT).starts_with("jsonl") {
        return Err(format!("file-format {} has no rows for spans; jsonl is wanted", value(FILE_FORMAT)));
    }
    if writes("spans") && !sinks.is_topic("spans") && value(SPANS_FORMAT) != "zipkin" {
        return Err(format!(
            "sink {} writes spans as lines, and spans-format otlp is no text; set spans-format zipkin",
            value(SINK)
        ));
    }
    check_formats(value, reads_files, |output| writes(output) && !sinks.is_topic(output))?;
    check_topics(value, |output| written(output) && sinks.of(output) == KAFKA, KAFKA)?;
    check_topics(value, |output| written(output) && sinks.of(output) == ROCKETMQ, ROCKETMQ)
}

/// Whether the topics of the job in one system differ.
fn check_topics<'a>(
    value: impl Fn(JobOption) -> &'a str,
    to_topic: impl Fn(&'static str) -> bool,
    system: &str,
) -> Result<(), String> {
    let mut topics = Vec::new();
    topics.extend(to_topic("links").then(|| value(OUTPUT_TOPIC)));
    topics.extend(to_topic("chains").then(|| value(CHAINS_TOPIC)));
    topics.extend(to_topic("edges").then(|| value(EDGES_TOPIC)));
    topics.extend(to_topic("alerts").then(|| value(ALERTS_TOPIC)));
    topics.extend(to_topic("spans").then(|| match (value(SPANS_TOPIC), value(SPANS_FORMAT)) {
        // The names that their readers have for it.
        ("", "zipkin") => "zipkin",
        ("", _) => "otlp_spans",
        (topic, _) => topic,
    }));
    topics.extend(to_topic(REJECTS).then(|| value(REJECTS_TOPIC)));
    topics.extend((value(SOURCE) == system).then(|| value(INPUT_TOPIC)));
    if topics.iter().collect::<HashSet<_>>().len() < topics.len() {
        return Err(format!("the topics of the job are {}; different topics are wanted", topics.join(", ")));
    }
    Ok(())
}

/// Whether records can have these formats where they are read and written. `to_lines` says of an output whether it is
/// written as lines.
fn check_formats<'a>(
    value: impl Fn(JobOption) -> &'a str,
    reads_files: bool,
    to_lines: impl Fn(&'static str) -> bool,
) -> Result<(), String> {
    let is_protobuf = |option: JobOption| value(option) == "protobuf";
    let (has_map, has_message) = (!value(MAP).is_empty(), !value(INPUT_MESSAGE).is_empty());
    if is_protobuf(INPUT_FORMAT) && has_map && !has_message {
        return Err(
            "map reads JSON, but input-format is protobuf; name the message that it is to read with \
             input-message"
                .to_owned(),
        );
    }
    if has_message && !(is_protobuf(INPUT_FORMAT) && has_map) {
        return Err(
            "input-message names a message for map to read; set input-format protobuf and map".to_owned()
        );
    }
    if is_protobuf(INPUT_FORMAT) && reads_files {
        return Err(
            "source files reads JSON lines, CSV and Parquet, but input-format is protobuf; set it to json"
                .to_owned(),
        );
    }
    let as_line = ["links", "chains", "edges"].into_iter().find(|&output| to_lines(output));
    if let (true, Some(output)) = (is_protobuf(OUTPUT_FORMAT), as_line) {
        return Err(format!(
            "sink {} writes {output} as lines, and output-format protobuf is no text; set it to json",
            value(SINK)
        ));
    }
    if on_or_off(value(PASS_THROUGH)) == Ok(true) {
        if let Some(format) = [INPUT_FORMAT, OUTPUT_FORMAT].into_iter().find(|format| is_protobuf(*format)) {
            return Err(format!(
                "pass-through passes on fields by their names, which messages do not have; leave it out, or let {} \
                 be json",
                format.name
            ));
        }
    }
    Ok(())
}

/// How much later each window begins, if the job takes windows so long. What stands before the names of the
/// options in messages is `dashes`.
///
/// # Errors
/// When windows would cut buckets, or a bucket lie in too many windows.
pub(super) fn check_windows(
    dashes: &str,
    window_ms: i64,
    slide_ms: Option<i64>,
    bucket_ms: i64,
) -> Result<i64, String> {
    let name = if slide_ms.is_some() { WINDOW_SLIDE_MS.name } else { WINDOW_MS.name };
    let slide_ms = slide_ms.unwrap_or(window_ms);
    if slide_ms % bucket_ms != 0 {
        return Err(format!(
            "{dashes}{name} {slide_ms} is no multiple of {dashes}bucket-ms {bucket_ms}; windows of whole \
             buckets are wanted"
        ));
    }
    if window_ms % slide_ms != 0 || window_ms / slide_ms > MAX_OVERLAP {
        return Err(format!(
            "{dashes}window-ms {window_ms} is not 1 to {MAX_OVERLAP} times {dashes}window-slide-ms {slide_ms}"
        ));
    }
    Ok(slide_ms)
}

/// As the job reads it.
pub(super) fn on_or_off(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err(wanted(text, "on or off", "")),
    }
}

fn no_option(name: &str) -> String {
    let nearest = ALL.iter().map(|option| (damerau_levenshtein(name, option.name), option.name)).min();
    match nearest.filter(|(typos, _)| *typos <= MAX_TYPOS) {
        Some((_, nearest)) => format!("{} is no option of the job; {nearest} may be meant", quoted(name)),
        None => format!("{} is no option of the job; the README lists those that are", quoted(name)),
    }
}

/// Whether it is a URI with a scheme and a path below the root.
fn is_folder(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None if rest.starts_with('/') => rest,
        None => "",
    };
    is_scheme && path.len() > 1 && !text.contains(char::is_whitespace)
}
