//! How time is cut into windows.

use crate::error::{Error, Result};

/// Most windows that a moment lies in: the sums of a bucket go to each of them.
pub const MAX_OVERLAP: i64 = 100;

/// Windows of one width, each a slide later than the one before. A window is known by its last pane: panes are as
/// wide as the slide, so that a bucket lies in one of them. Part of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    window_ms: i64,
    slide_ms: i64,
}

impl Panes {
    /// Windows of this width and slide.
    ///
    /// ```
    /// use callweave_core::edges::panes::Panes;
    /// let panes = Panes::new(60_000, 20_000)?;
    /// let windows: Vec<_> = panes.windows(panes.pane(70_000)).map(|window| panes.span_ms(window)).collect();
    /// assert_eq!(windows, [(20_000, 80_000), (40_000, 100_000), (60_000, 120_000)]);
    /// assert!(Panes::new(60_000, 25_000).is_err());
    /// # Ok::<(), callweave_core::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the width is no multiple of the slide, or too large a one.
    pub fn new(window_ms: i64, slide_ms: i64) -> Result<Self> {
        if slide_ms < 1
            || window_ms < slide_ms
            || window_ms % slide_ms != 0
            || window_ms / slide_ms > MAX_OVERLAP
        {
            return Err(Error::Config(format!(
                "window-ms is {window_ms} and window-slide-ms is {slide_ms}; a window of 1 to {MAX_OVERLAP} slides is wanted"
            )));
        }
        Ok(Self { window_ms, slide_ms })
    }

    /// As [`new`](Self::new), for sums of buckets of this width.
    ///
    /// # Errors
    /// Also when a bucket could lie in two panes: then a window would be written before all of it has come.
    pub fn of_buckets(window_ms: i64, slide_ms: i64, bucket_ms: i64) -> Result<Self> {
        if bucket_ms < 1 || slide_ms % bucket_ms != 0 {
            return Err(Error::Config(format!(
                "window-slide-ms is {slide_ms} and bucket-ms is {bucket_ms}; a slide of whole buckets is wanted"
            )));
        }
        Self::new(window_ms, slide_ms)
    }

    /// The pane that a moment lies in.
    pub fn pane(&self, time_ms: i64) -> i64 {
        time_ms.div_euclid(self.slide_ms)
    }

    /// The windows that a pane lies in.
    pub fn windows(&self, pane: i64) -> std::ops::Range<i64> {
        pane..pane + self.window_ms / self.slide_ms
    }

    /// How many windows begin in a stretch of time, at least one.
    pub fn windows_of(&self, time_ms: i64) -> i64 {
        (time_ms / self.slide_ms).max(1)
    }

    /// The first moment of a window, and the first one after it, ms.
    pub fn span_ms(&self, window: i64) -> (i64, i64) {
        let end_ms = window.saturating_add(1).saturating_mul(self.slide_ms);
        (end_ms.saturating_sub(self.window_ms), end_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_lies_in_the_windows_that_span_it_and_in_no_other() {
        let panes = Panes::of_buckets(60, 20, 10).unwrap();
        for time_ms in -70..70 {
            for window in -10..10 {
                let (from_ms, to_ms) = panes.span_ms(window);
                let spans = (from_ms..to_ms).contains(&time_ms);
                assert_eq!(panes.windows(panes.pane(time_ms)).contains(&window), spans, "{time_ms} {window}");
            }
        }
    }

    #[test]
    fn windows_that_cut_buckets_or_overlap_without_bound_are_refused() {
        for (window_ms, slide_ms, bucket_ms) in
            [(60, 20, 15), (60, 40, 10), (60, 0, 10), (0, 0, 10), (20, 60, 10), (1010, 10, 10), (60, 20, 0)]
        {
            assert!(Panes::of_buckets(window_ms, slide_ms, bucket_ms).is_err(), "{window_ms} {slide_ms}");
        }
        assert!(Panes::of_buckets(1000, 10, 10).is_ok());
    }
}
