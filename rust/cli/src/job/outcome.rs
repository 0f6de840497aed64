//! How a change has ended: in which state things are, and what to type.

use super::EXIT_NOT_DONE;
use crate::EXIT_ERROR;

/// In which state a change has left things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The job runs as it is to be, and a checkpoint is complete.
    Started {
        /// Its id.
        job: String,
        /// What it has gone on from.
        from: Option<String>,
    },
    /// The job is over.
    Stopped {
        /// Where its state is.
        savepoint: String,
    },
    /// The job runs as before, and was not stopped.
    Untouched {
        /// What failed.
        why: String,
    },
    /// The job runs as before, but was stopped in between.
    WentBack {
        /// What failed.
        why: String,
        /// Its id.
        job: String,
        /// What it has gone on from.
        from: Option<String>,
    },
    /// The job was started; whether it will run is open.
    StillStarting {
        /// Its id.
        job: String,
        /// What it lacks.
        why: String,
        /// What it has gone on from.
        from: Option<String>,
    },
    /// No job runs.
    NotRunning {
        /// What failed.
        why: String,
        /// What to go on from.
        from: Option<String>,
    },
    /// Flink does not answer, or not in time.
    Unknown {
        /// What was under way.
        doing: &'static str,
        /// What failed.
        why: String,
        /// The savepoint, if it is complete.
        savepoint: Option<String>,
    },
}

/// The words of a change.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The job's name.
    pub name: &'a str,
    /// `submit`, `stop`, `upgrade` or `rescale`.
    pub verb: &'a str,
    /// What stands behind it on the command line.
    pub arguments: &'a str,
    /// The same without what belongs to the verb alone.
    pub job: &'a str,
}

impl Outcome {
    /// 0 done; 1 not done, and the job runs as before; 2 no job runs, or it is not known.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Started { .. } | Self::Stopped { .. } => 0,
            Self::Untouched { .. } | Self::WentBack { .. } => EXIT_NOT_DONE,
            Self::StillStarting { .. } | Self::NotRunning { .. } | Self::Unknown { .. } => EXIT_ERROR,
        }
    }

    /// One line.
    pub fn line(&self, words: Words<'_>) -> String {
        let Words { name, verb, arguments, job: of } = words;
        let origin =
            |from: &Option<String>| from.as_ref().map_or(String::new(), |from| format!(" from {from}"));
        match self {
            Self::Started { job, from } => format!("{name} runs as job {job}{}", origin(from)),
            Self::Stopped { savepoint } => {
                format!("{name} is stopped; to go on, type: callweave job submit {of} --from {savepoint}")
            }
            Self::Untouched { why } => {
                format!("{verb} failed, {name} runs on as it was: {why}; then type: callweave job {verb} {arguments}")
            }
            Self::WentBack { why, job, from } => format!(
                "{verb} failed, {name} runs again as it was, as job {job}{}: {why}; then type: callweave job {verb} {arguments}",
                origin(from)
            ),
            Self::StillStarting { job, why, from } => format!(
                "{name} was started as job {job}{}, but is not through: {why}; type: callweave job status {of}",
                origin(from)
            ),
            Self::NotRunning { why, from: Some(from) } => {
                format!("{name} does not run: {why}; then type: callweave job submit {of} --from {from}")
            }
            Self::NotRunning { why, from: None } if verb == "submit" => {
                format!("{name} does not run: {why}; then type: callweave job submit {arguments}")
            }
            Self::NotRunning { why, from: None } => format!(
                "{name} does not run, and no savepoint is known: {why}; look for its last checkpoint, then type: \
                 callweave job submit {of} --from CHECKPOINT"
            ),
            Self::Unknown { doing, why, savepoint } => {
                let then = match savepoint {
                    Some(savepoint) => {
                        format!("if it does not run: callweave job submit {of} --from {savepoint}")
                    }
                    None => "which says whether it runs".to_owned(),
                };
                format!(
                    "it is not known whether {name} runs ({doing}): {why}; type: callweave job status {of}, {then}"
                )
            }
        }
    }
}
