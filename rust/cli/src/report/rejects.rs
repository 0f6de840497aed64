//! What was rejected, by reason.

use std::collections::BTreeMap;

use super::record::Reject;
use crate::printable::printable;

/// Reasons that are told apart; callweave has six.
const MAX_REASONS: usize = 30;
/// Details of a reason that are told apart: some of them quote the record.
const MAX_DETAILS: usize = 200;
/// Records of a reason that are shown.
const MAX_EXAMPLES: usize = 3;
/// Characters of a reason, a detail, a place and a record.
const REASON_CHARS: usize = 40;
const PLACE_CHARS: usize = 200;
const DETAIL_CHARS: usize = 200;
const RECORD_CHARS: usize = 400;
/// The reason of those above the limit.
const OTHER: &str = "other";

/// Counts of rejects.
#[derive(Debug, Default)]
pub struct Rejects {
    by_reason: BTreeMap<String, OfReason>,
}

/// The rejects of a reason.
#[derive(Debug, Default)]
pub struct OfReason {
    /// How many.
    pub count: u64,
    /// How many by what is said of each. Those above the limit are in none.
    pub details: BTreeMap<String, u64>,
    /// The first ones.
    pub examples: Vec<Example>,
}

/// A record that was rejected, in characters that may be printed.
#[derive(Debug)]
pub struct Example {
    /// Where it stood.
    pub place: String,
    /// Its beginning.
    pub record: String,
}

impl Rejects {
    /// Counts a reject. `place` says where it stood; `record` is the record itself, where it is known.
    pub fn add(&mut self, reject: &Reject<'_>, place: impl FnOnce() -> String, record: Option<&[u8]>) {
        let mut reason = printable(reject.reason.as_bytes(), REASON_CHARS);
        if self.by_reason.len() >= MAX_REASONS && !self.by_reason.contains_key(&reason) {
            OTHER.clone_into(&mut reason);
        }
        let of_reason = self.by_reason.entry(reason).or_default();
        of_reason.count += 1;
        let detail = printable(reject.detail.as_bytes(), DETAIL_CHARS);
        if of_reason.details.len() < MAX_DETAILS || of_reason.details.contains_key(&detail) {
            *of_reason.details.entry(detail).or_default() += 1;
        }
        if of_reason.examples.len() < MAX_EXAMPLES {
            let record = record.map_or("not text".to_owned(), |record| printable(record, RECORD_CHARS));
            let place = printable(place().as_bytes(), PLACE_CHARS);
            of_reason.examples.push(Example { place, record });
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.by_reason.values().map(|of_reason| of_reason.count).sum()
    }

    /// By reason, the most frequent first.
    pub fn by_reason(&self) -> Vec<(&str, &OfReason)> {
        let mut reasons: Vec<_> =
            self.by_reason.iter().map(|(reason, found)| (reason.as_str(), found)).collect();
        reasons.sort_by_key(|(_, found)| std::cmp::Reverse(found.count));
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_whatever_reasons_and_details_say() {
        let mut rejects = Rejects::default();
        for number in 0..1000 {
            let reject = Reject {
                reason: format!("reason {number}").into(),
                detail: format!("detail {number}").into(),
                ..Reject::default()
            };
            rejects.add(&reject, || "line 1".to_owned(), Some(&[b'x'; 9000]));
        }
        assert_eq!(rejects.total(), 1000);
        assert_eq!(rejects.by_reason().len(), MAX_REASONS + 1);
        let (reason, most) = rejects.by_reason()[0];
        assert_eq!((reason, most.count), (OTHER, 1000 - MAX_REASONS as u64));
        assert_eq!((most.details.len(), most.examples.len()), (MAX_DETAILS, MAX_EXAMPLES));
        assert_eq!(most.examples[0].record.chars().count(), RECORD_CHARS + 1);
    }
}
