//! Lines and messages as Route takes them, and what it says of them.

use callweave_core::call::Reason;
use callweave_core::route::Route;
use callweave_core::wire::batch::{write, Record};
use callweave_core::wire::verdict::Verdict;

/// What Route made of some lines.
#[derive(Debug, Default)]
pub struct Judged {
    /// How many lines there were.
    pub lines: usize,
    /// The highest valid start, ms of the epoch.
    pub highest_ms: Option<i64>,
    /// Those that are no calls.
    pub rejects: Vec<Reject>,
}

/// A line that is no call.
#[derive(Debug, PartialEq, Eq)]
pub struct Reject {
    /// Its position among the lines.
    pub position: usize,
    /// Why.
    pub reason: Reason,
    /// What is wrong, and what would be right.
    pub detail: String,
    /// The line.
    pub value: Vec<u8>,
}

/// Gives records to Route; `batch` is scratch memory. A call whose bucket
/// `watermark_ms` has closed is late.
///
/// # Errors
/// When the kernel fails.
pub fn judge<'a>(
    route: &mut Route,
    records: impl Iterator<Item = &'a [u8]>,
    watermark_ms: i64,
    now_ms: i64,
    batch: &mut Vec<u8>,
) -> anyhow::Result<Judged> {
    batch.clear();
    let mut values = Vec::new();
    for line in records {
        // All of one partition.
        write(batch, Record { partition: 0, value: Some(line) });
        values.push(line);
    }
    let mut verdict = Vec::new();
    route.push_batch(batch, watermark_ms, now_ms, &mut verdict)?;
    let verdict = Verdict::read(&verdict)?;
    let rejects = verdict.rejects.iter().map(|reject| Reject {
        position: reject.index,
        reason: reject.reason,
        detail: reject.detail.to_owned(),
        value: values[reject.index].to_vec(),
    });
    Ok(Judged { lines: values.len(), highest_ms: verdict.highest_ms(), rejects: rejects.collect() })
}
