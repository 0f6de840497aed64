//! The command line of `callweave autoscale`.

use crate::job::args::Common;
use crate::job_options::table::PARALLELISM;
use crate::kafka::brokers;
use crate::paths::{InputPath, OutputPath};
use crate::values::{integer, reader};

/// Watch the job, and rescale it to what its input needs
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which job, where.
    #[command(flatten)]
    pub common: Common,
    /// The least parallelism
    #[arg(long, value_name = "N", default_value = "1", value_parser = PARALLELISM.integer::<u32>())]
    pub min: u32,
    /// The greatest parallelism; partitions and slots limit it, too
    #[arg(long, value_name = "N", default_value = "720", value_parser = PARALLELISM.integer::<u32>())]
    pub max: u32,
    /// How long to wait between two looks at the job, which take up to 12 s
    #[arg(long, value_name = "S", default_value = "5", value_parser = integer::<u64>(1..=60u64, "s"))]
    pub pause_s: u64,
    /// End after so many looks
    #[arg(long, value_name = "N", value_parser = integer::<u64>(1..=1_000_000_000u64, ""))]
    pub looks: Option<u64>,
    /// Decide, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Add each look to this file, with the decision and why, as a line of JSON; `-` is stdout
    #[arg(long, value_name = "FILE")]
    pub history: Option<OutputPath>,
    /// The job's brokers as seen from here; default: those of the job file
    #[arg(long, value_name = "HOST:PORT", value_parser = reader(brokers::read))]
    pub bootstrap: Option<String>,
    /// Properties of the Kafka client, as for TLS and a login: the file that the job takes
    #[arg(long, value_name = "FILE")]
    pub kafka_config: Option<InputPath>,
}
