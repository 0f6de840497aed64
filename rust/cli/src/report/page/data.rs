//! What is embedded in the page as JSON. Names stand in one list, and everywhere else by their place in it; times
//! are ms, of the epoch where they are moments.

use callweave_core::edges::sums::Sums;
use serde::Serialize;

use super::super::figures::PARENT_COUNTS;
use super::super::traffic::Links;

/// All of it.
#[derive(Serialize)]
pub struct Data {
    pub version: &'static str,
    pub inputs: Vec<Input>,
    pub names: Vec<String>,
    /// Calls of the kind that they are counted in; none where no input has calls.
    pub calls: Option<Calls>,
    /// The busiest edges, and the services that these go to or from.
    pub edges: Vec<Edge>,
    pub services: Vec<Service>,
    pub chains: Option<Chains>,
    /// Linked calls by the number of calls that can have caused them.
    pub parents: Option<[u64; PARENT_COUNTS]>,
    /// How many rejects there are; none where no input can have any.
    pub rejects: Option<u64>,
    pub reasons: Vec<Reason>,
}

/// An input and how many records of each kind it had.
#[derive(Serialize)]
pub struct Input {
    pub name: String,
    pub linked: u64,
    pub chains: u64,
    pub windows: u64,
    pub rejects: u64,
}

/// How latencies are distributed.
#[derive(Serialize)]
pub struct Latency {
    pub count: u64,
    pub mean: f64,
    pub p50: u32,
    pub p90: u32,
    pub p95: u32,
    pub p99: u32,
    pub max: u32,
}

/// All calls.
#[derive(Serialize)]
pub struct Calls {
    /// Which records they are from.
    pub source: &'static str,
    /// Whether percentiles are put together from those of windows.
    pub is_rough: bool,
    pub from: i64,
    pub to: i64,
    /// A second.
    pub rate: f64,
    /// How many edges there are, and the calls of those that are not on the page.
    pub edges: u64,
    pub calls_omitted: u64,
    pub latency: Latency,
    /// The first latency of each range that histograms count.
    pub bounds: Vec<u32>,
    pub histogram: Vec<(usize, u64)>,
    /// Where timelines begin, and how wide their buckets are.
    pub start: i64,
    pub step: i64,
    pub over_time: OverTime,
}

/// All calls, bucket by bucket.
#[derive(Serialize, Default)]
pub struct OverTime {
    pub count: Vec<u64>,
    pub p50: Vec<Option<u32>>,
    pub p95: Vec<Option<u32>>,
}

/// An edge.
#[derive(Serialize)]
pub struct Edge {
    pub src: usize,
    pub dst: usize,
    pub rate: f64,
    pub latency: Latency,
    /// Mean latency by bucket.
    pub spark: Vec<Option<f64>>,
    pub histogram: Vec<(usize, u64)>,
    #[serde(flatten)]
    pub links: Links,
}

/// A service.
#[derive(Serialize)]
pub struct Service {
    pub name: usize,
    /// Calls that it made, a second, and those that it got.
    pub out_rate: f64,
    pub rate: f64,
    pub latency: Latency,
    /// Its share in the time of all chains, and the time in which its calls waited for no other.
    pub blame: Option<f64>,
    pub own: Option<u64>,
}

/// Chains.
#[derive(Serialize)]
pub struct Chains {
    pub latency: Latency,
    pub expected_right: f64,
    pub confidence: [u64; super::super::chains::RANGES],
    pub entries: Vec<Entry>,
    pub slowest: Vec<Waterfall>,
}

/// The chains that begin at a service.
#[derive(Serialize)]
pub struct Entry {
    pub name: usize,
    pub latency: Latency,
    pub mean_calls: f64,
}

/// A chain with its calls.
#[derive(Serialize)]
pub struct Waterfall {
    pub id: String,
    pub start: i64,
    pub total: i64,
    pub calls: u64,
    pub depth: u64,
    pub width: u64,
    pub confidence: f64,
    /// Calls that are not among the hops.
    pub hidden: u64,
    pub hops: Vec<Hop>,
}

/// A call of a chain, in the order of the tree.
#[derive(Serialize)]
pub struct Hop {
    pub depth: usize,
    pub src: usize,
    pub dst: usize,
    pub id: String,
    pub offset: i64,
    pub latency: i64,
    pub own: i64,
    pub critical: i64,
    pub confidence: f64,
}

/// Why records were rejected.
#[derive(Serialize)]
pub struct Reason {
    pub reason: String,
    pub count: u64,
    pub details: Vec<(String, u64)>,
    pub examples: Vec<(String, String)>,
}

impl Latency {
    /// That of summed calls.
    pub fn of(sums: &Sums) -> Self {
        let spread = sums.spread();
        let [p50, p90, p95, p99] = spread.percentiles_ms;
        Self { count: sums.count, mean: tenths(spread.mean_ms), p50, p90, p95, p99, max: sums.max_ms }
    }
}

/// Rounded, so that the page stays small.
pub fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// As above.
pub fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
