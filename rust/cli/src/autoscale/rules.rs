//! What decisions go by.

/// All times in seconds, all shares from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The least parallelism.
    pub min_parallelism: u32,
    /// The greatest.
    pub max_parallelism: u32,
    /// The share of what subtasks can do that they are to do.
    pub target_utilisation: f64,
    /// The share above which there are more of them.
    pub max_utilisation: f64,
    /// The share below which there are fewer.
    pub min_utilisation: f64,
    /// In which time a backlog is to be read.
    pub catch_up_s: f64,
    /// A backlog of more input than this counts as being behind.
    pub behind_s: f64,
    /// Where the source waits for the operators behind it, a backlog of more input than this does.
    pub pressed_behind_s: f64,
    /// For how long at least the job must have been at work in one way to tell what a subtask can do.
    pub min_stretch_s: f64,
    /// What is longer ago than this does not count for that.
    pub max_stretch_s: f64,
    /// Samples that must agree.
    pub min_samples: usize,
    /// Samples that are further apart are not of one window.
    pub max_gap_s: u64,
    /// After a change, how long nothing is measured.
    pub settle_s: u64,
    /// After a change, how long no subtask is added.
    pub up_pause_s: u64,
    /// After a change, how long no subtask is taken away.
    pub down_pause_s: u64,
    /// For how long less must have been enough before subtasks are taken away.
    pub down_window_s: u64,
    /// After a change that failed, how long there is none.
    pub failed_pause_s: u64,
    /// After subtasks that did not help, how long none is added.
    pub useless_pause_s: u64,
    /// The job's time may be behind the clock by so much where subtasks are taken away, ms.
    pub max_wall_clock_lag_ms: f64,
    /// The share of garbage collection likewise.
    pub max_gc_share: f64,
    /// The share of a checkpoint in its interval likewise.
    pub max_checkpoint_share: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            min_parallelism: 1,
            max_parallelism: 720,
            target_utilisation: 0.7,
            max_utilisation: 0.9,
            min_utilisation: 0.5,
            catch_up_s: 600.0,
            behind_s: 30.0,
            pressed_behind_s: 5.0,
            min_stretch_s: 60.0,
            max_stretch_s: 300.0,
            min_samples: 3,
            max_gap_s: 120,
            settle_s: 60,
            up_pause_s: 180,
            down_pause_s: 1800,
            down_window_s: 1800,
            failed_pause_s: 1800,
            useless_pause_s: 21_600,
            max_wall_clock_lag_ms: 180_000.0,
            max_gc_share: 0.2,
            max_checkpoint_share: 0.8,
        }
    }
}
