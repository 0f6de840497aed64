//! The loop.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{ensure, Context};
use serde::Serialize;

use super::act::Actor;
use super::args::Args;
use super::collect::Collector;
use super::decide::{decide, Decision};
use super::memory::Memory;
use super::metrics::{serve, Metrics};
use super::rules::Rules;
use super::sample::Sample;
use crate::clock::now_ms;
use crate::console::STANDARD;
use crate::console::{ensure_stdout, print, tell};
use crate::date::utc;
use crate::job::commands::open;
use crate::job::file::Job;
use crate::job::flink::{Flink, Listed};
use crate::job::lock::Lock;
use crate::job_options::table::{BOOTSTRAP, INPUT_TOPIC};
use crate::kafka::{Cluster, KafkaArgs, TopicEnds};

/// A look in the history.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    job: &'a str,
    #[serde(flatten)]
    sample: &'a Sample,
    #[serde(flatten)]
    decision: &'a Decision,
}

/// Looks, decides and acts until a signal ends it, or so many times.
///
/// # Errors
/// When the job file is wrong, another one is at work, or the history cannot be written.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ensure_stdout()?;
    ensure!(
        args.min <= args.max,
        "--min {} is more than --max {}; the other way round is wanted",
        args.min,
        args.max
    );
    let (job, flink) = open(&args.common)?;
    let mut beside = job.beside.clone().into_os_string();
    beside.push(".autoscale");
    let _lock = Lock::take(&PathBuf::from(beside))?;
    let ends = topic_ends(args, &job)?;
    let (metrics, registry) = Metrics::new();
    if let Some(address) = &args.metrics {
        serve(address, registry)?;
    }
    let rules = args.rules();
    let slots_to_add = args.add_taskmanager.is_some().then_some(rules.max_parallelism);
    let mut scaler = Autoscaler {
        args,
        rules,
        collector: Collector::new(&flink, &ends, slots_to_add),
        memory: Memory::default(),
        actor: Actor::new(args, rules, &flink, &metrics),
        metrics: &metrics,
    };
    let mut looks = 0;
    loop {
        match one_running(&flink, &job.name) {
            Ok(running) => scaler.look(&running)?,
            Err(why) => {
                metrics.saw_nothing();
                tell(format_args!("{}  {why:#}", utc(now_ms())));
            }
        }
        looks += 1;
        if args.looks == Some(looks) {
            return Ok(ExitCode::SUCCESS);
        }
        std::thread::sleep(Duration::from_secs(args.pause_s));
    }
}

struct Autoscaler<'a> {
    args: &'a Args,
    rules: Rules,
    collector: Collector<'a>,
    memory: Memory,
    actor: Actor<'a>,
    metrics: &'a Metrics,
}

impl Autoscaler<'_> {
    fn look(&mut self, running: &Listed) -> anyhow::Result<()> {
        let details = match self.collector.flink.details(&running.jid) {
            Ok(details) if details.runs() => details,
            // It starts or fails just now: nothing of that is a measure of its size.
            _ => return Ok(()),
        };
        let sample = self.collector.look(&running.jid, &details);
        self.memory.observe(&self.rules, sample.clone());
        let decision = decide(&self.rules, &self.memory);
        if let Some(decision) = &decision {
            self.metrics.decided(&sample, decision.parallelism);
            self.tell(running, &sample, decision)?;
        }
        if self.args.dry_run {
            return Ok(());
        }
        match decision.filter(|decision| decision.parallelism != sample.parallelism) {
            Some(decision) => self.rescale(&sample, &decision)?,
            None => self.actor.remove_idle(sample.at_s),
        }
        Ok(())
    }

    fn tell(&self, running: &Listed, sample: &Sample, decision: &Decision) -> anyhow::Result<()> {
        let time = utc(now_ms());
        let said = format!("{time}  {}: {}", change(sample, decision), decision.why);
        let line = serde_json::to_string(&Line { time, job: &running.jid, sample, decision })?;
        match self.args.history.as_deref() {
            Some(file) if file == Path::new(STANDARD) => print(line),
            Some(file) => {
                append(file, &line)?;
                print(said)
            }
            None => print(said),
        }
    }

    fn rescale(&mut self, sample: &Sample, decision: &Decision) -> anyhow::Result<()> {
        let is_done = self.actor.rescale(sample.parallelism, decision.parallelism)?;
        let at_s = u64::try_from(now_ms() / 1000).unwrap_or(0);
        if is_done {
            self.memory.changed(&self.rules, at_s, decision.parallelism);
        } else {
            self.memory.failed(at_s);
        }
        Ok(())
    }
}

fn change(sample: &Sample, decision: &Decision) -> String {
    if decision.parallelism == sample.parallelism {
        format!("stays at {}", sample.parallelism)
    } else {
        format!("{} -> {}", sample.parallelism, decision.parallelism)
    }
}

fn one_running(flink: &Flink, name: &str) -> anyhow::Result<Listed> {
    let mut live: Vec<_> =
        flink.jobs()?.into_iter().filter(|listed| listed.name == name && listed.is_live()).collect();
    ensure!(live.len() < 2, "{} jobs {name} run; cancel all but one", live.len());
    live.pop().with_context(|| format!("no job {name} runs at {}", flink.url()))
}

fn topic_ends(args: &Args, job: &Job) -> anyhow::Result<TopicEnds> {
    let option = |name: &str, default: &str| job.options.get(name).map_or(default, String::as_str).to_owned();
    let bootstrap = args.bootstrap.clone().unwrap_or_else(|| option(BOOTSTRAP.name, BOOTSTRAP.default));
    let cluster = Cluster::new(&KafkaArgs { bootstrap, kafka_config: args.kafka_config.clone() })?;
    TopicEnds::new(&cluster, &option(INPUT_TOPIC.name, INPUT_TOPIC.default))
}

fn append(file: &Path, line: &str) -> anyhow::Result<()> {
    let write = || {
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        file.write_all(format!("{line}\n").as_bytes())
    };
    write().with_context(|| format!("cannot write the history {}", file.display()))
}
