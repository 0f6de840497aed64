//! The command line of `callweave job`.

use std::time::Duration;

use crate::job_options::table::PARALLELISM;
use crate::paths::InputPath;
use crate::values::integer;

const DAY_S: u64 = 24 * 60 * 60;

/// Submit, watch, stop, upgrade and rescale the job on a Flink cluster, by its REST interface
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do with the job.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Start the job, and wait until it runs and a checkpoint is complete
    Submit(Submit),
    /// List the jobs of the cluster
    List(Common),
    /// Say how the job is; exit code 0 only if it runs
    Status(Common),
    /// Stop the job with a savepoint
    Stop(Common),
    /// Go on with the jar and the options of the job file; if that fails, go back to those that ran
    Upgrade(Upgrade),
    /// Go on with another parallelism; if that fails, go back to the one that was
    Rescale(Rescale),
}

/// Which job, where, and how long to wait.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = JOB_FILE)]
pub struct Common {
    /// The job file (YAML); flags go before what it says
    pub file: Option<InputPath>,
    /// What Flink calls the job
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Flink's REST address
    #[arg(long, value_name = "URL")]
    pub flink: Option<String>,
    /// User of a proxy with basic authentication in front of it
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// File with that user's password, in its first line
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<InputPath>,
    /// Certificates (PEM) to trust instead of the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<InputPath>,
    /// The jar of the job
    #[arg(long, value_name = "FILE")]
    pub jar: Option<InputPath>,
    /// Folder for savepoints, as the cluster sees it; default: the cluster's
    #[arg(long, value_name = "URI")]
    pub savepoints: Option<String>,
    /// An option of the job; can be given again for others
    #[arg(long = "option", value_name = "NAME=VALUE")]
    pub options: Vec<String>,
    /// How long the job may take from its start to its first checkpoint
    #[arg(long, value_name = "S", default_value = "300", value_parser = integer::<u64>(1..=DAY_S, "s"))]
    pub start_timeout_s: u64,
    /// How long a savepoint may take
    #[arg(long, value_name = "S", default_value = "600", value_parser = integer::<u64>(1..=DAY_S, "s"))]
    pub savepoint_timeout_s: u64,
    /// How long Flink may leave requests without an answer
    #[arg(long, value_name = "S", default_value = "120", value_parser = integer::<u64>(1..=DAY_S, "s"))]
    pub away_timeout_s: u64,
    /// How often to look
    #[arg(long, value_name = "MS", default_value = "500", value_parser = integer::<u64>(1..=60_000u64, "ms"))]
    pub poll_ms: u64,
}

/// How to start the job.
#[derive(Debug, clap::Args)]
pub struct Submit {
    /// Which job, where.
    #[command(flatten)]
    pub common: Common,
    /// Subtasks per operator; default: the cluster's
    #[arg(long, value_name = "N", value_parser = PARALLELISM.integer::<u32>())]
    pub parallelism: Option<u32>,
    /// Go on from this savepoint or checkpoint
    #[arg(long, value_name = "URI")]
    pub from: Option<String>,
}

/// How to upgrade the job.
#[derive(Debug, clap::Args)]
pub struct Upgrade {
    /// Which job, where.
    #[command(flatten)]
    pub common: Common,
    /// Subtasks per operator; default: as it runs
    #[arg(long, value_name = "N", value_parser = PARALLELISM.integer::<u32>())]
    pub parallelism: Option<u32>,
    /// The jar that runs, where the cluster does not have it any more
    #[arg(long, value_name = "FILE")]
    pub old_jar: Option<InputPath>,
}

/// How to rescale the job.
#[derive(Debug, clap::Args)]
pub struct Rescale {
    /// Subtasks per operator
    #[arg(value_name = "N", value_parser = PARALLELISM.integer::<u32>())]
    pub parallelism: u32,
    /// Which job, where.
    #[command(flatten)]
    pub common: Common,
    /// The jar that runs, where the cluster does not have it any more
    #[arg(long, value_name = "FILE")]
    pub old_jar: Option<InputPath>,
}

impl Common {
    /// How often to look.
    pub fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }
}

const JOB_FILE: &str = "\
The job file:

  name: callweave
  jar: callweave-0.1.0.jar        # paths are those from the file's folder
  flink: https://flink.example    # user, password-file and ca-file: for a proxy in front of it
  parallelism: 2
  savepoints: s3://bucket/savepoints
  options:                        # of the job, by its names
    bootstrap: kafka:9092
    input-topic: calls

The files FILE.lock and FILE.state beside it keep two changes apart and say what runs; without a job file
they are NAME.job.lock and NAME.job.state in the current folder. The files that the options
kafka-config and services name are read by the JobManager.

Exit codes: 0 done; 1 not done, and the job runs as before; 2 error, no job runs, or it is not known.";
