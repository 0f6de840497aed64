//! Lines as Route takes them, and what it says of them.

use anyhow::Context;
use callweave_core::call::Reason;
use callweave_core::route::Route;

use super::round::lines;

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

/// Gives the lines of a text to Route; `batch` is scratch memory. A call whose bucket
/// `watermark_ms` has closed is late.
///
/// # Errors
/// When the kernel fails.
pub fn judge(
    route: &mut Route,
    text: &[u8],
    watermark_ms: i64,
    now_ms: i64,
    batch: &mut Vec<u8>,
) -> anyhow::Result<Judged> {
    batch.clear();
    let mut values = Vec::new();
    for line in lines(text) {
        // All of one partition.
        batch.extend_from_slice(&0u32.to_le_bytes());
        batch.extend_from_slice(&(line.len() as u32).to_le_bytes());
        batch.extend_from_slice(line);
        values.push(line);
    }
    let mut verdict = Vec::new();
    route.push_batch(batch, watermark_ms, now_ms, &mut verdict)?;
    read_verdict(&verdict, &values).context("a verdict of Route is cut")
}

fn read_verdict(verdict: &[u8], values: &[&[u8]]) -> Option<Judged> {
    let mut rest = verdict;
    let mut judged = Judged { lines: values.len(), ..Judged::default() };
    for _ in 0..number(&mut rest)? {
        let _partition = number(&mut rest)?;
        let (start_ms, tail) = rest.split_first_chunk()?;
        rest = tail;
        judged.highest_ms = judged.highest_ms.max(Some(i64::from_le_bytes(*start_ms)));
    }
    for _ in 0..number(&mut rest)? {
        let position = number(&mut rest)? as usize;
        let (&reason, tail) = rest.split_first()?;
        rest = tail;
        let length = number(&mut rest)? as usize;
        let (detail, tail) = rest.split_at_checked(length)?;
        rest = tail;
        judged.rejects.push(Reject {
            position,
            reason: *Reason::ALL.get(reason as usize)?,
            detail: String::from_utf8_lossy(detail).into_owned(),
            value: values.get(position)?.to_vec(),
        });
    }
    Some(judged)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(u32::from_le_bytes(*bytes))
}
