//! Traces whose parents are known.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde::Deserialize;
use xxhash_rust::xxh3::{xxh3_128, xxh3_64};

/// A call with its true parent.
#[derive(Debug, Clone)]
pub struct Call {
    pub src: u64,
    pub dst: u64,
    pub start_ms: i64,
    pub end_ms: i64,
    pub key: u128,
    /// The trace, by its place among those of the set.
    pub trace: usize,
    /// The place of the true parent.
    pub parent: Option<usize>,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    src_ip: String,
    dst_ip: String,
    start_at_ms: i64,
    end_at_ms: i64,
}

#[derive(Deserialize)]
struct Truth {
    id: String,
    trace: String,
    parents: Vec<String>,
}

/// Where the sets are, if this checkout has them beside it.
pub fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/traces");
    folder.is_dir().then_some(folder)
}

/// Reads a set.
pub fn read(name: &str) -> Vec<Call> {
    let messages: Vec<Message> = lines(&format!("{name}.messages.jsonl.gz"));
    let truths: Vec<Truth> = lines(&format!("{name}.truth.jsonl.gz"));
    let place: HashMap<&str, usize> =
        messages.iter().enumerate().map(|(place, message)| (message.id.as_str(), place)).collect();
    let mut traces = HashMap::new();
    let mut calls: Vec<Call> = messages
        .iter()
        .map(|message| Call {
            src: xxh3_64(message.src_ip.as_bytes()),
            dst: xxh3_64(message.dst_ip.as_bytes()),
            start_ms: message.start_at_ms,
            end_ms: message.end_at_ms,
            key: xxh3_128(message.id.as_bytes()),
            trace: 0,
            parent: None,
        })
        .collect();
    for truth in &truths {
        let call = &mut calls[place[truth.id.as_str()]];
        let next = traces.len();
        call.trace = *traces.entry(truth.trace.as_str()).or_insert(next);
        assert!(truth.parents.len() <= 1, "the sets have one parent a call");
        call.parent = truth.parents.first().map(|parent| place[parent.as_str()]);
    }
    calls
}

fn lines<T: for<'a> Deserialize<'a>>(file: &str) -> Vec<T> {
    let path = folder().unwrap().join(file);
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Moves the traces together, so that so many times as many are under way at once.
pub fn squeeze(calls: &mut [Call], times: i64) {
    let traces = calls.iter().map(|call| call.trace + 1).max().unwrap_or(0);
    let mut starts = vec![i64::MAX; traces];
    for call in calls.iter() {
        starts[call.trace] = starts[call.trace].min(call.start_ms);
    }
    let first = starts.iter().copied().min().unwrap_or(0);
    for call in calls {
        let start = starts[call.trace];
        let moved = first + (start - first) / times - start;
        call.start_ms += moved;
        call.end_ms += moved;
    }
}
