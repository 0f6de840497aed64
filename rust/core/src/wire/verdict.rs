//! Verdicts on batches: `partitions: u32`, that many `partition: u32, highest valid start: i64`,
//! `rejects: u32`, that many `index in the batch: u32, reason: u8, length: u32, detail (UTF-8)`.

use std::collections::BTreeMap;

use super::{take, take_array, take_u32};
use crate::call::{Reason, Rejection};
use crate::error::{Error, Result};

const WHAT: &str = "a verdict on a batch";

/// Collects what is said of a batch.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    highest_start_ms: BTreeMap<u32, i64>,
    rejects: u32,
    reject_bytes: Vec<u8>,
}

impl Writer {
    /// A valid call of this partition starts then.
    #[inline]
    pub fn accept(&mut self, partition: u32, start_ms: i64) {
        let highest_ms = self.highest_start_ms.entry(partition).or_insert(start_ms);
        *highest_ms = start_ms.max(*highest_ms);
    }

    /// The record at this index of the batch is rejected.
    #[cold]
    pub fn reject(&mut self, index: u32, rejection: &Rejection) {
        self.rejects += 1;
        self.reject_bytes.extend_from_slice(&index.to_le_bytes());
        self.reject_bytes.push(rejection.reason as u8);
        self.reject_bytes.extend_from_slice(&(rejection.detail.len() as u32).to_le_bytes());
        self.reject_bytes.extend_from_slice(rejection.detail.as_bytes());
    }

    /// Appends the verdict.
    pub fn finish(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.highest_start_ms.len() as u32).to_le_bytes());
        for (partition, start_ms) in self.highest_start_ms {
            out.extend_from_slice(&partition.to_le_bytes());
            out.extend_from_slice(&start_ms.to_le_bytes());
        }
        out.extend_from_slice(&self.rejects.to_le_bytes());
        out.extend_from_slice(&self.reject_bytes);
    }
}

/// A verdict that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// Partitions with valid calls in their order, and the highest start of these, ms.
    pub highest_start_ms: Vec<(u32, i64)>,
    /// Rejected records in order.
    pub rejects: Vec<Reject<'a>>,
}

/// A record that was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reject<'a> {
    /// Its index in the batch.
    pub index: usize,
    /// Why.
    pub reason: Reason,
    /// What is wrong, and what would be right.
    pub detail: &'a str,
}

impl<'a> Verdict<'a> {
    /// Reads what Route wrote.
    ///
    /// ```
    /// use callweave_core::wire::verdict::Verdict;
    /// let one_partition = [1u32.to_le_bytes(), 7u32.to_le_bytes()].concat();
    /// let no_rejects = 0u32.to_le_bytes();
    /// let verdict = [&one_partition[..], &1000i64.to_le_bytes(), &no_rejects].concat();
    /// let verdict = Verdict::read(&verdict)?;
    /// assert_eq!((verdict.highest_start_ms, verdict.rejects), (vec![(7, 1000)], vec![]));
    /// # Ok::<(), callweave_core::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is cut or damaged.
    pub fn read(verdict: &'a [u8]) -> Result<Self> {
        let mut rest = verdict;
        let mut read = Self::default();
        for _ in 0..take_u32(&mut rest, WHAT)? {
            let partition = take_u32(&mut rest, WHAT)?;
            read.highest_start_ms.push((partition, i64::from_le_bytes(take_array(&mut rest, WHAT)?)));
        }
        for _ in 0..take_u32(&mut rest, WHAT)? {
            let index = take_u32(&mut rest, WHAT)? as usize;
            let [reason] = take_array(&mut rest, WHAT)?;
            let reason = Reason::ALL.get(usize::from(reason)).copied();
            let reason = reason.ok_or_else(|| Error::corrupt(format!("{WHAT} has an unknown reason")))?;
            let length = take_u32(&mut rest, WHAT)? as usize;
            let detail = std::str::from_utf8(take(&mut rest, length, WHAT)?);
            let detail =
                detail.map_err(|_| Error::corrupt(format!("{WHAT} has a detail that is not UTF-8")))?;
            read.rejects.push(Reject { index, reason, detail });
        }
        Ok(read)
    }

    /// The highest start of all partitions, ms; `None` without a valid call.
    pub fn highest_ms(&self) -> Option<i64> {
        self.highest_start_ms.iter().map(|&(_, start_ms)| start_ms).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_read_back_and_a_cut_verdict_is_refused() {
        let mut writer = Writer::default();
        for (partition, start_ms) in [(7, 5), (2, -1), (7, 9), (7, 1)] {
            writer.accept(partition, start_ms);
        }
        writer.reject(3, &Rejection::new(Reason::Late, "too late"));
        let mut bytes = Vec::new();
        writer.finish(&mut bytes);
        let verdict = Verdict::read(&bytes).unwrap();
        assert_eq!(verdict.highest_start_ms, [(2, -1), (7, 9)]);
        assert_eq!(verdict.highest_ms(), Some(9));
        assert_eq!(verdict.rejects, [Reject { index: 3, reason: Reason::Late, detail: "too late" }]);
        for length in 0..bytes.len() {
            assert!(Verdict::read(&bytes[..length]).is_err());
        }
    }
}
