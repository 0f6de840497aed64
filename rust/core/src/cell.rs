//! Cells: the keys of the job's state, a group of addresses or ids in one bucket of time.

use crate::error::{Error, Result};

/// Most groups: so that the key of a cell fits in 64 bits for every time and width of a bucket.
pub(crate) const MAX_GROUPS: u32 = 256;

/// How time is cut into buckets and a bucket into cells. Part of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellLayout {
    bucket_ms: i64,
    groups: u32,
}

impl CellLayout {
    /// Buckets of `bucket_ms` with `groups` cells each, both at least 1.
    ///
    /// ```
    /// use callweave_core::cell::CellLayout;
    /// let layout = CellLayout::new(1000, 16)?;
    /// let bucket = layout.bucket(1_999);
    /// assert_eq!((bucket, layout.last_ms(bucket)), (1, 1_999));
    /// assert_eq!(layout.bucket_of(layout.cell(bucket, 15)), bucket);
    /// assert!(CellLayout::new(0, 1).is_err());
    /// # Ok::<(), callweave_core::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// When one of them is out of range.
    pub fn new(bucket_ms: i64, groups: u32) -> Result<Self> {
        if bucket_ms < 1 || !(1..=MAX_GROUPS).contains(&groups) {
            return Err(Error::Config(format!(
                "bucket-ms is {bucket_ms} and the number of groups is {groups}; at least 1 ms and 1 to {MAX_GROUPS} groups are wanted"
            )));
        }
        Ok(CellLayout { bucket_ms, groups })
    }

    /// Number of groups.
    pub fn groups(&self) -> u32 {
        self.groups
    }

    /// The bucket of a moment.
    pub fn bucket(&self, time_ms: i64) -> i64 {
        time_ms.div_euclid(self.bucket_ms)
    }

    /// The last moment of a bucket, ms: a watermark of that much closes it.
    pub fn last_ms(&self, bucket: i64) -> i64 {
        (bucket + 1) * self.bucket_ms - 1
    }

    /// The key of a cell.
    pub fn cell(&self, bucket: i64, group: u32) -> i64 {
        bucket * i64::from(self.groups) + i64::from(group)
    }

    /// The group of a cell.
    pub fn group_of(&self, cell: i64) -> u32 {
        cell.rem_euclid(i64::from(self.groups)) as u32
    }

    /// The bucket of a cell.
    pub fn bucket_of(&self, cell: i64) -> i64 {
        cell.div_euclid(i64::from(self.groups))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_knows_its_bucket() {
        let layout = CellLayout::new(1000, 16).unwrap();
        assert_eq!(layout.bucket(1999), 1);
        assert_eq!(layout.last_ms(1), 1999);
        for group in [0, 15] {
            assert_eq!(layout.bucket_of(layout.cell(-7, group)), -7);
            assert_eq!(layout.group_of(layout.cell(-7, group)), group);
        }
        assert!(CellLayout::new(0, 1).is_err() && CellLayout::new(1, 0).is_err());
    }
}
