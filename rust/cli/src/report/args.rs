//! The flags of `callweave report`.

use crate::kafka::KafkaArgs;
use crate::paths::{InputPath, OutputPath};
use crate::source::Source;
use crate::values::{integer, reader, wanted};

/// Chains that are drawn at most: each may have many calls, and the page is to stay small.
const MAX_SLOWEST: u64 = 100;
/// Edges on the page at most, for the same reason.
const MAX_EDGES: u64 = 3000;
/// Characters of a title.
const MAX_TITLE_CHARS: usize = 200;

const DETAILS: &str = "\
Examples:
  Of files:
    callweave link calls.jsonl -o linked.jsonl --chains chains.jsonl --rejects rejected.jsonl
    callweave report linked.jsonl chains.jsonl rejected.jsonl -o report.html
  Of the job's topics, with names of services:
    callweave report kafka:linked-topic kafka:chains-topic kafka:rejected-topic \\
      --bootstrap localhost:9092 --services services.csv -o report.html

The page is one file that needs no server and no network: a map of the services, all edges with their
rates and latencies, how latencies are distributed, the slowest chains with their critical paths, where
links are uncertain, and what was rejected.

What a record is, is told by its fields, so inputs may be given in any order, and one may hold several
kinds. Each kind may be missing; then the page says what it would show:
  linked calls    every edge with its rate and latency, and calls with several possible parents
  chains          slowest chains, critical paths, how likely links are right; edges, too
  windows         the edges topic, or `link --edges`: edges, where there is neither of the above
  rejects         the rejects topic, or `link --rejects`: what was rejected and why

Calls are counted in one kind alone: linked calls, else chains, else windows. Files are JSON lines,
plain or compressed with gzip or zstd, `-` for stdin; topics are kafka:NAME, read with read_committed
from the beginning to the end that they have now. Records of no kind are counted on stderr.

Exit codes: 0 done; 2 error, also where an input has records, but none of a kind.";

/// Makes a page of HTML about calls, chains and rejects: a map, edges, latencies, the slowest chains
#[derive(Debug, clap::Args)]
#[command(after_long_help = DETAILS)]
pub struct Args {
    /// Linked calls, chains, windows of edges or rejects: files of JSON lines; - for stdin; kafka:TOPIC
    #[arg(value_name = "IN", required = true, value_parser = Source::json_reader())]
    pub inputs: Vec<Source>,
    /// The page; - is stdout
    #[arg(long, short, value_name = "FILE")]
    pub out: OutputPath,
    /// How to reach Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,

    /// So many chains are drawn, those that took longest
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = integer::<usize>(0..=MAX_SLOWEST, "chains"))]
    pub slowest: usize,
    /// So many edges are on the page, those with the most calls
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = integer::<usize>(1..=MAX_EDGES, "edges"))]
    pub edges: usize,
    /// Names of services, lines ADDRESS,NAME
    #[arg(long, value_name = "FILE")]
    pub services: Option<InputPath>,
    /// The heading of the page
    #[arg(long, value_name = "TEXT", default_value = "Service calls", value_parser = reader(read_title))]
    pub title: String,
}

fn read_title(text: &str) -> Result<String, String> {
    let is_title = !text.trim().is_empty() && text.chars().count() <= MAX_TITLE_CHARS;
    let right = || wanted(text, format_args!("a text of 1 to {MAX_TITLE_CHARS} characters"), "");
    is_title.then(|| text.to_owned()).ok_or_else(right)
}
