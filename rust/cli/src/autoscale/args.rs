//! The command line of `callweave autoscale`.

use super::rules::Rules;
use crate::job::args::Common;
use crate::job_options::table::PARALLELISM;
use crate::kafka::brokers;
use crate::paths::{InputPath, OutputPath};
use crate::values::{integer, reader};

const DAY_S: u64 = 24 * 60 * 60;

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
    /// A command that adds a TaskManager where the slots do not suffice; CALLWEAVE_TASKMANAGERS in its environment is
    /// how many there are then
    #[arg(long, value_name = "CMD")]
    pub add_taskmanager: Option<String>,
    /// A command that takes a TaskManager away which no job is in: CALLWEAVE_TASKMANAGER, with its address in
    /// CALLWEAVE_TASKMANAGER_HOST and _PORT; CALLWEAVE_TASKMANAGERS is how many there are then
    #[arg(long, value_name = "CMD")]
    pub remove_taskmanager: Option<String>,
    /// How many TaskManagers without a job are kept, for one that fails
    #[arg(long, value_name = "N", default_value = "0", requires = "remove_taskmanager",
        value_parser = integer::<u32>(0..=10_000u32, ""))]
    pub spare_taskmanagers: u32,
    /// How long such a command may take, and then Flink until it sees what has changed
    #[arg(long, value_name = "S", default_value = "180", value_parser = integer::<u64>(1..=DAY_S, "s"))]
    pub taskmanager_timeout_s: u64,
    /// When decisions are made.
    #[command(flatten)]
    pub times: Times,
    /// Answer Prometheus there, at /metrics
    #[arg(long, value_name = "HOST:PORT")]
    pub metrics: Option<String>,
    /// The job's brokers as seen from here; default: those of the job file
    #[arg(long, value_name = "HOST:PORT", value_parser = reader(brokers::read))]
    pub bootstrap: Option<String>,
    /// Properties of the Kafka client, as for TLS and a login: the file that the job takes
    #[arg(long, value_name = "FILE")]
    pub kafka_config: Option<InputPath>,
}

/// When decisions are made.
#[derive(Clone, Debug, clap::Args)]
pub struct Times {
    /// In which time a backlog is to be read
    #[arg(long, value_name = "S", default_value = "600", value_parser = integer::<u64>(1..=DAY_S, "s"))]
    pub catch_up_s: u64,
    /// After a change, how long nothing is measured; a TaskManager is taken away once it is without a job for so long
    #[arg(long, value_name = "S", default_value = "60", value_parser = integer::<u64>(0..=DAY_S, "s"))]
    pub settle_s: u64,
    /// After a change, how long no subtask is added
    #[arg(long, value_name = "S", default_value = "180", value_parser = integer::<u64>(0..=DAY_S, "s"))]
    pub up_pause_s: u64,
    /// After a change, how long no subtask is taken away
    #[arg(long, value_name = "S", default_value = "1800", value_parser = integer::<u64>(0..=DAY_S, "s"))]
    pub down_pause_s: u64,
    /// For how long fewer must have been enough before subtasks are taken away
    #[arg(long, value_name = "S", default_value = "1800", value_parser = integer::<u64>(1..=DAY_S, "s"))]
    pub down_window_s: u64,
    /// After a change that failed, how long there is none
    #[arg(long, value_name = "S", default_value = "1800", value_parser = integer::<u64>(0..=DAY_S, "s"))]
    pub failed_pause_s: u64,
}

impl Args {
    /// What decisions go by.
    pub fn rules(&self) -> Rules {
        Rules {
            min_parallelism: self.min,
            max_parallelism: self.max,
            catch_up_s: self.times.catch_up_s as f64,
            settle_s: self.times.settle_s,
            up_pause_s: self.times.up_pause_s,
            down_pause_s: self.times.down_pause_s,
            down_window_s: self.times.down_window_s,
            failed_pause_s: self.times.failed_pause_s,
            ..Rules::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn without_options_the_rules_are_those_that_were_simulated() {
        let line = Line::try_parse_from(["autoscale"]).unwrap();
        assert_eq!(line.args.rules(), Rules::default());
    }

    #[test]
    fn spare_taskmanagers_without_a_command_that_takes_any_away_are_refused() {
        let line = Line::try_parse_from(["autoscale", "--spare-taskmanagers", "1"]);
        assert!(line.unwrap_err().to_string().contains("--remove-taskmanager"));
    }
}
