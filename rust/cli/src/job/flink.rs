//! What Flink's REST interface can do and tells, as far as the job needs it.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::json;

use super::change::{Phase, Saving, Sight, Trouble};
use super::rest::{cause, Failure, Rest};

/// A job as the cluster lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct Listed {
    /// Its id.
    pub jid: String,
    /// Its name.
    pub name: String,
    /// As Flink calls it.
    pub state: String,
    /// When it was started, ms since the epoch.
    #[serde(rename = "start-time")]
    pub start_ms: i64,
    /// For how long it has run, ms.
    #[serde(rename = "duration")]
    pub duration_ms: i64,
    /// How many of its tasks are in which state.
    pub tasks: Tasks,
}

/// How many tasks are in which state.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Tasks {
    /// All.
    pub total: u64,
    /// Those that run.
    pub running: u64,
}

impl Listed {
    /// Whether it runs, or tries to.
    pub fn is_live(&self) -> bool {
        phase(&self.state) == Phase::Live
    }
}

/// The slots of the cluster.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Slots {
    /// Of all TaskManagers.
    #[serde(rename = "slots-total")]
    pub total: u64,
    /// Free.
    #[serde(rename = "slots-available")]
    pub available: u64,
}

/// A job with its operators.
#[derive(Clone, Debug, Deserialize)]
pub struct Details {
    /// As Flink calls it.
    pub state: String,
    vertices: Vec<Vertex>,
}

#[derive(Clone, Debug, Deserialize)]
struct Vertex {
    id: String,
    parallelism: u32,
    status: String,
}

impl Details {
    /// The slots that it takes.
    pub fn parallelism(&self) -> u32 {
        self.vertices.iter().map(|vertex| vertex.parallelism).max().unwrap_or(0)
    }

    /// The id of the source's.
    pub fn source(&self) -> Option<&str> {
        self.vertices.first().map(|vertex| vertex.id.as_str())
    }

    /// Whether all tasks run.
    pub fn runs(&self) -> bool {
        self.state == "RUNNING" && self.vertices.iter().all(|vertex| vertex.status == "RUNNING")
    }
}

/// Its checkpoints and savepoints.
#[derive(Clone, Debug, Deserialize)]
pub struct Checkpoints {
    /// Since its start.
    pub counts: Counts,
    /// The last of each kind.
    pub latest: Latest,
    #[serde(default)]
    history: Vec<Past>,
}

/// How many checkpoints.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counts {
    /// Completed.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
}

/// The last checkpoint of each kind.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Latest {
    /// Completed.
    pub completed: Option<Complete>,
    /// A savepoint.
    pub savepoint: Option<Complete>,
}

/// A checkpoint that is complete.
#[derive(Clone, Debug, Deserialize)]
pub struct Complete {
    external_path: Option<String>,
    /// When it began, ms since the epoch.
    pub trigger_timestamp: i64,
    /// How long it took, ms.
    pub end_to_end_duration: i64,
    /// Bytes of state, of which an incremental one writes a part.
    pub state_size: u64,
}

impl Complete {
    /// Where it is; Flink writes `<checkpoint-not-externally-addressable>` where it cannot be gone on from.
    pub fn path(&self) -> Option<String> {
        self.external_path.clone().filter(|path| !path.starts_with('<'))
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Past {
    is_savepoint: bool,
    status: String,
}

impl Checkpoints {
    /// The last complete one, checkpoint or savepoint.
    pub fn newest(&self) -> Option<&Complete> {
        let both = [&self.latest.completed, &self.latest.savepoint].into_iter().flatten();
        both.max_by_key(|complete| complete.trigger_timestamp)
    }

    /// Whether a savepoint is being taken.
    pub fn is_saving(&self) -> bool {
        self.history.iter().any(|past| past.is_savepoint && past.status == "IN_PROGRESS")
    }
}

#[derive(Deserialize)]
struct Overview {
    jobs: Vec<Listed>,
}

#[derive(Deserialize)]
struct Jars {
    files: Vec<Jar>,
}

#[derive(Deserialize)]
struct Jar {
    id: String,
}

#[derive(Deserialize)]
struct Uploaded {
    filename: String,
}

#[derive(Deserialize)]
struct Triggered {
    #[serde(rename = "request-id")]
    id: String,
}

#[derive(Deserialize)]
struct SavepointStatus {
    status: Named,
    operation: Option<Operation>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Operation {
    location: Option<String>,
    failure_cause: Option<StackTrace>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct StackTrace {
    stack_trace: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Exceptions {
    root_exception: Option<String>,
}

/// What a job is started with.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// The id of its jar on the cluster.
    pub jar: &'a str,
    /// What its main class is given.
    pub arguments: &'a [String],
    /// Subtasks per operator; `None` for the cluster's.
    pub parallelism: Option<u32>,
}

/// A cluster.
pub struct Flink {
    rest: Rest,
}

impl Flink {
    /// The one behind a client.
    pub fn new(rest: Rest) -> Self {
        Self { rest }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        self.rest.url()
    }

    /// All jobs that it knows, those that are over among them.
    pub fn jobs(&self) -> Result<Vec<Listed>, Failure> {
        self.ask::<Overview>("/jobs/overview").map(|overview| overview.jobs)
    }

    /// Its slots.
    pub fn slots(&self) -> Result<Slots, Failure> {
        self.ask("/overview")
    }

    /// A job.
    pub fn details(&self, job: &str) -> Result<Details, Failure> {
        self.ask(&format!("/jobs/{job}"))
    }

    /// Its checkpoints.
    pub fn checkpoints(&self, job: &str) -> Result<Checkpoints, Failure> {
        self.ask(&format!("/jobs/{job}/checkpoints"))
    }

    /// Why it failed last, in one line.
    pub fn failure(&self, job: &str) -> Result<Option<String>, Failure> {
        let exceptions: Exceptions = self.ask(&format!("/jobs/{job}/exceptions"))?;
        Ok(exceptions.root_exception.map(|trace| cause(&trace)))
    }

    /// Whether a jar was uploaded, and is still there.
    pub fn has_jar(&self, jar: &str) -> Result<bool, Failure> {
        Ok(self.ask::<Jars>("/jars")?.files.iter().any(|known| known.id == jar))
    }

    /// Uploads a jar; its id.
    pub fn upload(&self, jar: &Path, progress: impl Fn(u64)) -> Result<String, Failure> {
        let answer = self.rest.upload("/jars/upload", jar, progress)?;
        let uploaded: Uploaded = parse("/jars/upload", &answer)?;
        Ok(uploaded.filename.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Takes a jar away. A job that runs does not need it.
    pub fn remove_jar(&self, jar: &str) -> Result<(), Failure> {
        self.rest.delete(&format!("/jars/{jar}")).map(drop)
    }

    /// Has the job's main class check everything, and starts nothing.
    pub fn try_start(&self, start: &Start<'_>) -> Result<(), Failure> {
        let body = json!({"programArgsList": start.arguments, "parallelism": start.parallelism});
        self.rest.post(&format!("/jars/{}/plan", start.jar), &body.to_string(), true).map(drop)
    }

    /// Starts a job with this id.
    pub fn start(&self, start: &Start<'_>, job: &str, from: Option<&str>) -> Result<(), Failure> {
        let body = json!({
            "programArgsList": start.arguments,
            "parallelism": start.parallelism,
            "jobId": job,
            "savepointPath": from,
        });
        self.rest.post(&format!("/jars/{}/run", start.jar), &body.to_string(), true).map(drop)
    }

    /// Begins to stop a job; the trigger of its savepoint.
    pub fn stop(&self, job: &str, folder: Option<&str>) -> Result<String, Failure> {
        let path = format!("/jobs/{job}/stop");
        // With drain all windows would be closed as if the input had ended.
        let body = json!({"drain": false, "targetDirectory": folder});
        let answer = self.rest.post(&path, &body.to_string(), false)?;
        parse::<Triggered>(&path, &answer).map(|triggered| triggered.id)
    }

    /// How far the savepoint of a trigger is.
    pub fn savepoint(&self, job: &str, trigger: &str) -> Result<Saving, Failure> {
        let status: SavepointStatus = self.ask(&format!("/jobs/{job}/savepoints/{trigger}"))?;
        Ok(match (status.status.id.as_str(), status.operation) {
            ("COMPLETED", Some(Operation { location: Some(location), .. })) => Saving::At(location),
            ("COMPLETED", operation) => {
                let trace = operation.and_then(|operation| operation.failure_cause);
                Saving::Failed(trace.map_or("no reason given".to_owned(), |trace| cause(&trace.stack_trace)))
            }
            _ => Saving::UnderWay,
        })
    }

    /// Ends a job without a savepoint.
    pub fn cancel(&self, job: &str) -> Result<(), Failure> {
        self.rest.patch(&format!("/jobs/{job}?mode=cancel")).map(drop)
    }

    /// A job as the machine of changes wants it: up to three requests.
    pub fn sight(&self, job: &str) -> Result<Option<Sight>, Trouble> {
        let details = match self.details(job) {
            Ok(details) => details,
            Err(Failure::NotFound(_)) => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        let (phase, runs) = (phase(&details.state), details.runs());
        let checkpoints = match self.checkpoints(job) {
            Ok(checkpoints) => Some(checkpoints),
            // Of a job that has failed before it had any.
            Err(Failure::NotFound(_)) => None,
            Err(failure) => return Err(failure.into()),
        };
        let failure = if runs { None } else { self.failure(job).unwrap_or(None) };
        let path = |complete: Option<&Complete>| complete.and_then(Complete::path);
        let latest = checkpoints.as_ref().map(|checkpoints| &checkpoints.latest);
        Ok(Some(Sight {
            phase,
            runs,
            checkpoints: checkpoints.as_ref().map_or(0, |checkpoints| checkpoints.counts.completed),
            last_checkpoint: path(latest.and_then(|latest| latest.completed.as_ref())),
            savepoint: path(latest.and_then(|latest| latest.savepoint.as_ref())),
            is_saving: checkpoints.as_ref().is_some_and(Checkpoints::is_saving),
            failure,
        }))
    }

    /// What Flink says at a path.
    pub(super) fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        parse(path, &self.rest.get(path)?)
    }
}

fn parse<T: DeserializeOwned>(path: &str, answer: &str) -> Result<T, Failure> {
    serde_json::from_str(answer)
        .map_err(|error| Failure::Refused(format!("the answer to {path} is not Flink's: {error}")))
}

fn phase(state: &str) -> Phase {
    match state {
        "FINISHED" => Phase::Finished,
        "FAILED" | "CANCELED" => Phase::Lost,
        _ => Phase::Live,
    }
}
