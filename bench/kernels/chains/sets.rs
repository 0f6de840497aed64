//! Calls to find the chains of: recorded traffic, which lies beside the checkout or is missing, simulated one, and none at all.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};
use callweave_simulate::{Limit, Settings, Simulation, Topology};
use flate2::read::GzDecoder;
use serde::Deserialize;

/// A set by its name: the file of its recording, or the topology and rate of its simulation.
#[derive(Clone, Copy)]
enum Source {
    Recorded {
        file: &'static str,
        apart: i64,
    },
    Simulated {
        topology: &'static str,
        calls_per_s: f64,
    },
    /// Calls from anywhere to anywhere, of which none has caused another.
    Unrelated {
        addresses: u64,
        calls_per_s: u64,
    },
}

const SETS: [(&str, Source); 9] = [
    // Five times fewer traces at once.
    ("sparse", Source::Recorded { file: "hotel_load75", apart: 5 }),
    ("hotel75", Source::Recorded { file: "hotel_load75", apart: 1 }),
    ("media75", Source::Recorded { file: "media_load75", apart: 1 }),
    ("node50", Source::Recorded { file: "node_load50", apart: 1 }),
    ("tickets", Source::Recorded { file: "nezha_2023-01-30", apart: 1 }),
    ("wide", Source::Simulated { topology: "wide", calls_per_s: 20_000.0 }),
    ("mid", Source::Simulated { topology: "mid", calls_per_s: 587.0 }),
    ("hot", Source::Simulated { topology: "hot", calls_per_s: 4_993.0 }),
    ("random", Source::Unrelated { addresses: 30, calls_per_s: 100 }),
];

/// The names of all sets.
pub fn names() -> impl Iterator<Item = &'static str> {
    SETS.iter().map(|(name, _)| *name)
}

/// A record as it came: simulated ones may lack one of end and latency.
#[derive(Deserialize)]
struct Record {
    id: String,
    src_ip: String,
    dst_ip: String,
    start_at_ms: f64,
    latency_msec: Option<f64>,
    end_at_ms: Option<f64>,
}

/// A call.
pub struct Call {
    id: String,
    src_ip: String,
    dst_ip: String,
    start_at_ms: i64,
    end_at_ms: i64,
}

impl From<Record> for Call {
    fn from(record: Record) -> Self {
        let Record { id, src_ip, dst_ip, start_at_ms, latency_msec, end_at_ms } = record;
        let end = end_at_ms.unwrap_or(start_at_ms + latency_msec.unwrap_or(0.0));
        Self { id, src_ip, dst_ip, start_at_ms: start_at_ms as i64, end_at_ms: end.round() as i64 }
    }
}

#[derive(Deserialize)]
struct Truth {
    id: String,
    trace: String,
}

impl Call {
    /// The record of the call, so much later and with an id of its own.
    pub fn later(&self, pass: usize, by_ms: i64) -> Vec<u8> {
        let Self { id, src_ip, dst_ip, .. } = self;
        let (start, end) = (self.start_at_ms + by_ms, self.end_at_ms + by_ms);
        format!(r#"{{"id":"{id}/{pass}","src_ip":"{src_ip}","dst_ip":"{dst_ip}","start_at_ms":{start},"end_at_ms":{end}}}"#)
            .into_bytes()
    }
}

/// From the first start to the last end, ms.
pub fn span_ms(calls: &[Call]) -> i64 {
    let first = calls.iter().map(|call| call.start_at_ms).min().unwrap_or(0);
    calls.iter().map(|call| call.end_at_ms).max().unwrap_or(0) - first
}

/// The calls of a set, `squeeze` times as many traces at once; `None` if its recording is not there.
///
/// # Errors
/// When there is no such set, or it cannot be read.
pub fn read(name: &str, squeeze: i64, simulated_calls: u64) -> Result<Option<Vec<Call>>> {
    let Some((_, source)) = SETS.iter().find(|(known, _)| *known == name) else {
        bail!("there is no set {name}; sets are {}", names().collect::<Vec<_>>().join(", "));
    };
    match *source {
        Source::Recorded { file, apart } => recorded(file, apart, squeeze),
        Source::Simulated { topology, calls_per_s } => {
            simulated(topology, calls_per_s * squeeze as f64, simulated_calls).map(Some)
        }
        Source::Unrelated { addresses, calls_per_s } => {
            Ok(Some(unrelated(addresses, calls_per_s * squeeze as u64, simulated_calls / 10)))
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn simulated(topology: &str, calls_per_s: f64, calls: u64) -> Result<Vec<Call>> {
    let path = root().join(format!("bench/sets/{topology}.yaml"));
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let topology = Topology::parse(&text)?;
    let settings = Settings::new(1, Limit::Calls(calls), calls_per_s)?;
    let records = Simulation::new(settings, topology)?.into_records();
    records
        .filter_map(|(_, value)| value)
        .map(|record| Ok(serde_json::from_slice::<Record>(&record)?.into()))
        .collect()
}

fn unrelated(addresses: u64, calls_per_s: u64, calls: u64) -> Vec<Call> {
    let mut state = 1u64;
    let mut draw = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let call = |index: u64| {
        let longest_ms = if draw(10) == 0 { 20_000 } else { 200 };
        let start_at_ms = (index * 1_000 / calls_per_s) as i64;
        Call {
            id: format!("call-{index}"),
            src_ip: format!("10.0.0.{}", draw(addresses)),
            dst_ip: format!("10.0.0.{}", draw(addresses)),
            start_at_ms,
            end_at_ms: start_at_ms + draw(longest_ms) as i64,
        }
    };
    (0..calls).map(call).collect()
}

fn recorded(name: &str, apart: i64, squeeze: i64) -> Result<Option<Vec<Call>>> {
    let folder = root().join("../shared/data/traces");
    if !folder.is_dir() {
        return Ok(None);
    }
    let records: Vec<Record> = lines(&folder.join(format!("{name}.messages.jsonl.gz")))?;
    let mut calls: Vec<Call> = records.into_iter().map(Call::from).collect();
    let truths: Vec<Truth> = lines(&folder.join(format!("{name}.truth.jsonl.gz")))?;
    let trace_of: HashMap<&str, &str> =
        truths.iter().map(|truth| (truth.id.as_str(), truth.trace.as_str())).collect();
    let mut starts = HashMap::new();
    for call in &calls {
        let start = starts.entry(trace_of.get(call.id.as_str()).copied()).or_insert(i64::MAX);
        *start = call.start_at_ms.min(*start);
    }
    let first = starts.values().copied().min().unwrap_or(0);
    for call in &mut calls {
        let start = starts[&trace_of.get(call.id.as_str()).copied()];
        let moved = first + (start - first) * apart / squeeze - start;
        call.start_at_ms += moved;
        call.end_at_ms += moved;
    }
    // Some records of a trace may be ahead of others by more than Route waits for.
    calls.sort_by_key(|call| call.end_at_ms);
    Ok(Some(calls))
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    GzDecoder::new(file).read_to_string(&mut text)?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}
