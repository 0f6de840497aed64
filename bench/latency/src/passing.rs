//! When the watermark passed the end of each time bucket, as far as the input tells.

use std::collections::BTreeMap;

use memchr::memmem;

/// Takes in the records of all partitions, each partition in order.
pub struct Passing {
    bucket_ms: i64,
    max_out_of_order_ms: i64,
    partitions: BTreeMap<i32, Partition>,
}

/// The watermark of one partition.
struct Partition {
    highest_start_ms: i64,
    /// The first bucket that its first record left open.
    first: i64,
    /// When that one and those behind it were passed, ms of the epoch.
    passed_ms: Vec<i64>,
}

impl Passing {
    /// Before the first record.
    pub fn new(bucket_ms: i64, max_out_of_order_ms: i64) -> Self {
        Self { bucket_ms, max_out_of_order_ms, partitions: BTreeMap::new() }
    }

    /// A call that starts then came into the partition at `appended_ms`.
    pub fn saw(&mut self, partition: i32, start_ms: i64, appended_ms: i64) {
        // The first bucket whose last ms lies above the watermark.
        let open = (start_ms - self.max_out_of_order_ms + 1).div_euclid(self.bucket_ms);
        let of = self.partitions.entry(partition).or_insert_with(|| Partition {
            highest_start_ms: start_ms,
            first: open,
            passed_ms: Vec::new(),
        });
        if start_ms > of.highest_start_ms {
            of.highest_start_ms = start_ms;
            let passed = usize::try_from(open - of.first).unwrap_or(0);
            if passed > of.passed_ms.len() {
                of.passed_ms.resize(passed, appended_ms);
            }
        }
    }

    /// When all partitions had passed the bucket that a call with that end waits for. `None` where
    /// one had done so with its first record, or has not yet.
    pub fn of_end(&self, end_ms: i64) -> Option<i64> {
        // A child may end a millisecond after its parent, by rounding: that bucket counts.
        let bucket = (end_ms + 1).div_euclid(self.bucket_ms);
        let of = |partition: &Partition| {
            let index = usize::try_from(bucket - partition.first).ok()?;
            partition.passed_ms.get(index).copied()
        };
        let passed: Option<Vec<i64>> = self.partitions.values().map(of).collect();
        passed?.into_iter().max()
    }
}

/// The integer behind the first occurrence of `field`.
pub fn number_after(field: &[u8], value: &[u8]) -> Option<i64> {
    let digits = &value[memmem::find(value, field)? + field.len()..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{number_after, Passing};

    #[test]
    fn a_bucket_is_passed_when_the_highest_start_less_the_disorder_reaches_its_last_ms() {
        let mut passing = Passing::new(1000, 30_000);
        passing.saw(0, 40_000, 1);
        passing.saw(0, 40_998, 2);
        assert_eq!(passing.of_end(10_500), None);
        passing.saw(0, 40_999, 3);
        passing.saw(0, 45_000, 4);
        assert_eq!(passing.of_end(10_500), Some(3));
        // Written with the bucket behind: the end is the last ms of its own.
        assert_eq!(passing.of_end(10_999), Some(4));
        assert_eq!(passing.of_end(14_998), Some(4));
        assert_eq!(passing.of_end(14_999), None);
    }

    #[test]
    fn the_slowest_partition_counts() {
        let mut passing = Passing::new(1000, 0);
        passing.saw(0, 0, 1);
        passing.saw(1, 0, 1);
        passing.saw(0, 5_000, 2);
        assert_eq!(passing.of_end(100), None);
        passing.saw(1, 1_500, 7);
        assert_eq!(passing.of_end(100), Some(7));
        assert_eq!(passing.of_end(1_100), None);
    }

    #[test]
    fn what_comes_out_of_order_moves_nothing() {
        let mut passing = Passing::new(1000, 0);
        passing.saw(0, 5_000, 1);
        passing.saw(0, 1_000, 2);
        passing.saw(0, 6_000, 3);
        assert_eq!(passing.of_end(5_100), Some(3));
        // Nobody knows when it was passed: before the first record.
        assert_eq!(passing.of_end(4_100), None);
    }

    #[test]
    fn nothing_is_passed_without_records() {
        assert_eq!(Passing::new(1000, 0).of_end(1), None);
    }

    #[test]
    fn a_number_ends_where_its_digits_end() {
        assert_eq!(number_after(b"\"end_at_ms\":", br#"{"end_at_ms":1700,"parents":[]}"#), Some(1700));
        assert_eq!(number_after(b"\"end_at_ms\":", br#"{"end_at_ms":17"#), Some(17));
        assert_eq!(number_after(b"\"end_at_ms\":", b"{}"), None);
    }
}
