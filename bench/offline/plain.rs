//! The link rule as a plain Rust program for a file that fits into memory: the calls that begin at
//! each address in order of their start, and a loop over those that may lie inside a parent.
//!
//! Arguments: `INPUT OUTPUT`, files of JSON lines. Ids are strings without escapes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::Context;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Call<'a> {
    id: &'a str,
    src_ip: &'a str,
    dst_ip: &'a str,
    start_at_ms: i64,
    latency_msec: Option<f64>,
    end_at_ms: Option<i64>,
}

#[derive(Serialize)]
struct Linked<'a> {
    id: &'a str,
    src_ip: &'a str,
    dst_ip: &'a str,
    start_at_ms: i64,
    latency_msec: f64,
    end_at_ms: i64,
    parents: Vec<&'a str>,
    children: Vec<&'a str>,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (input, output) = arguments.next().zip(arguments.next()).context("INPUT and OUTPUT are wanted")?;
    let text = std::fs::read_to_string(input)?;
    let mut calls = text.lines().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    calls.sort_unstable_by_key(|call| (call.start_at_ms, call.id));
    link(&mut calls);
    let mut out = BufWriter::new(File::create(output)?);
    for call in &calls {
        serde_json::to_writer(&mut out, call)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn read(line: &str) -> anyhow::Result<Linked<'_>> {
    let call: Call<'_> = serde_json::from_str(line)?;
    let after_latency = |latency: f64| call.start_at_ms + latency as i64;
    let end_at_ms = call.end_at_ms.or(call.latency_msec.map(after_latency)).context("no end")?;
    Ok(Linked {
        id: call.id,
        src_ip: call.src_ip,
        dst_ip: call.dst_ip,
        start_at_ms: call.start_at_ms,
        latency_msec: call.latency_msec.unwrap_or((end_at_ms - call.start_at_ms) as f64),
        end_at_ms,
        parents: Vec::new(),
        children: Vec::new(),
    })
}

/// Fills the lists of calls that are in order of start and id.
fn link(calls: &mut [Linked<'_>]) {
    let mut begins_at: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, call) in calls.iter().enumerate() {
        begins_at.entry(call.src_ip).or_default().push(index);
    }
    for parent in 0..calls.len() {
        let (from_ms, to_ms) = (calls[parent].start_at_ms, calls[parent].end_at_ms);
        let Some(candidates) = begins_at.get(calls[parent].dst_ip) else {
            continue;
        };
        let first = candidates.partition_point(|&child| calls[child].start_at_ms < from_ms);
        for &child in &candidates[first..] {
            if calls[child].start_at_ms > to_ms {
                break;
            }
            if calls[child].end_at_ms <= to_ms && child != parent {
                let (parent_id, child_id) = (calls[parent].id, calls[child].id);
                calls[parent].children.push(child_id);
                calls[child].parents.push(parent_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{link, read};

    #[test]
    fn a_call_has_the_parents_that_end_where_it_begins_and_cover_it() {
        let lines = [
            r#"{"id":"a","src_ip":"1","dst_ip":"2","start_at_ms":1000,"latency_msec":500.7}"#,
            r#"{"id":"b","src_ip":"2","dst_ip":"3","start_at_ms":1000,"end_at_ms":1500}"#,
            r#"{"id":"c","src_ip":"2","dst_ip":"3","start_at_ms":1100,"end_at_ms":1501}"#,
            r#"{"id":"d","src_ip":"3","dst_ip":"4","start_at_ms":1200,"end_at_ms":1300}"#,
        ];
        let mut calls: Vec<_> = lines.iter().filter_map(|line| read(line).ok()).collect();
        link(&mut calls);
        let links: Vec<_> =
            calls.iter().map(|call| (call.parents.join(" "), call.children.join(" "))).collect();
        let wanted = [("", "b"), ("a", "d"), ("", "d"), ("b c", "")];
        assert_eq!(links, wanted.map(|(parents, children)| (parents.to_owned(), children.to_owned())));
    }
}
