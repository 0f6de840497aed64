//! What goes into a change and comes out of it.

use std::time::Duration;

use crate::job::outcome::Outcome;

/// Whether a job is started as it is to be, or again as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As it is to be.
    New,
    /// As it was.
    Old,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The job that runs and is to be stopped; `None` for a first start.
    pub stops: Option<String>,
    /// Whether a job is started then.
    pub starts: bool,
    /// What the first start goes on from.
    pub from: Option<String>,
    /// The ids that jobs are started with: as it is to be, and again as it was. An answer that is lost is
    /// found again by them.
    pub ids: [String; 2],
    /// How long things may take.
    pub limits: Limits,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// No answer from REST, or an answer that it does not know a job that must be there.
    pub away: Duration,
    /// A savepoint, and then the end of the job.
    pub savepoint: Duration,
    /// From a start to the first checkpoint.
    pub start: Duration,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Have Flink take the jar and run its checks, without a start.
    Try,
    /// Stop a job with a savepoint.
    Stop(String),
    /// Ask for the savepoint of a job by its trigger.
    AskSavepoint(String, String),
    /// Look at a job.
    Look(String),
    /// Start a job with this id, from a savepoint.
    Run(Side, String, Option<String>),
    /// Cancel a job.
    Cancel(String),
    /// Nothing more.
    End(Outcome),
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No answer: it may have been done or not.
    Away(String),
    /// An answer that says why not.
    Refused(String),
}

/// What has become of an action.
#[derive(Clone, Debug)]
pub enum Event {
    /// The beginning.
    Begin,
    /// Of a try, a start or a cancellation.
    Done(Result<(), Trouble>),
    /// Of a stop: the trigger of the savepoint.
    Stopping(Result<String, Trouble>),
    /// Of the question for a savepoint.
    Savepoint(Result<Saving, Trouble>),
    /// Of a look: `None` where Flink does not know the job.
    Seen(Result<Option<Sight>, Trouble>),
}

/// How far a savepoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saving {
    /// Not done yet.
    UnderWay,
    /// Where it is.
    At(String),
    /// Why there is none.
    Failed(String),
}

/// Whether a job is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It runs, or tries to.
    Live,
    /// Stopped with a savepoint.
    Finished,
    /// Cancelled or failed.
    Lost,
}

/// A job as seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Whether it is over.
    pub phase: Phase,
    /// All tasks run.
    pub runs: bool,
    /// Checkpoints completed since its start.
    pub checkpoints: u64,
    /// Where the last one is.
    pub last_checkpoint: Option<String>,
    /// Where its last savepoint is.
    pub savepoint: Option<String>,
    /// Whether one is being taken.
    pub is_saving: bool,
    /// Why it failed last.
    pub failure: Option<String>,
}

impl Trouble {
    /// In words.
    pub fn into_text(self) -> String {
        match self {
            Self::Away(why) | Self::Refused(why) => why,
        }
    }
}
