//! What one subtask can do, as far as that was seen.

/// How much of a new observation counts against the earlier ones.
const NEW_SHARE: f64 = 0.3;

/// Records that one subtask reads in a second at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Capacity {
    /// Nothing was seen.
    #[default]
    Unknown,
    /// This was read with ease.
    AtLeast(f64),
    /// This was read while something was left unread: not more than that.
    Seen(f64),
}

impl Capacity {
    /// With what one subtask has read in a second; `is_full` where it was at full work.
    ///
    /// ```
    /// use callweave::autoscale::capacity::Capacity;
    ///
    /// let idle = Capacity::Unknown.with(500.0, false);
    /// assert_eq!(idle, Capacity::AtLeast(500.0));
    /// // What was seen at full work counts for more than any bound before.
    /// let full = idle.with(400.0, true);
    /// assert_eq!(full, Capacity::Seen(400.0));
    /// // With ease more was read: then it can do that at least.
    /// assert_eq!(full.with(450.0, false), Capacity::Seen(450.0));
    /// assert_eq!(full.with(300.0, false), Capacity::Seen(400.0));
    /// ```
    #[must_use]
    pub fn with(self, per_s: f64, is_full: bool) -> Self {
        match (self, is_full) {
            (Self::Seen(before), true) => Self::Seen(before + NEW_SHARE * (per_s - before)),
            (_, true) => Self::Seen(per_s),
            (Self::Seen(before), false) => Self::Seen(before.max(per_s)),
            (Self::AtLeast(before), false) => Self::AtLeast(before.max(per_s)),
            (Self::Unknown, false) => Self::AtLeast(per_s),
        }
    }

    /// Records a second, if anything was seen.
    pub fn per_s(self) -> Option<f64> {
        match self {
            Self::Unknown => None,
            Self::AtLeast(per_s) | Self::Seen(per_s) => Some(per_s).filter(|per_s| *per_s > 0.0),
        }
    }
}
