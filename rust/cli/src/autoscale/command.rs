//! The loop.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{ensure, Context};
use serde::Serialize;

use super::args::Args;
use super::collect::Collector;
use super::decide::{decide, Decision};
use super::memory::Memory;
use super::rules::Rules;
use super::sample::Sample;
use crate::clock::now_ms;
use crate::console::{ensure_stdout, print, tell};
use crate::date::utc;
use crate::files::STANDARD;
use crate::job::commands::open;
use crate::job::file::Job;
use crate::job::flink::{Flink, Listed};
use crate::job::lock::Lock;
use crate::job::typed::words;
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
    let rules = Rules { min_parallelism: args.min, max_parallelism: args.max, ..Rules::default() };
    let mut collector = Collector::new(&flink, &ends);
    let mut memory = Memory::default();
    let mut looks = 0;
    loop {
        match one_running(&flink, &job.name) {
            Ok(running) => look(args, &rules, &mut collector, &mut memory, &running)?,
            Err(why) => tell(format_args!("{}  {why:#}", utc(now_ms()))),
        }
        looks += 1;
        if args.looks == Some(looks) {
            return Ok(ExitCode::SUCCESS);
        }
        std::thread::sleep(Duration::from_secs(args.pause_s));
    }
}

fn look(
    args: &Args,
    rules: &Rules,
    collector: &mut Collector<'_>,
    memory: &mut Memory,
    running: &Listed,
) -> anyhow::Result<()> {
    let details = match collector.flink.details(&running.jid) {
        Ok(details) if details.runs() => details,
        // It starts or fails just now: nothing of that is a measure of its size.
        _ => return Ok(()),
    };
    let sample = collector.look(&running.jid, &details);
    memory.observe(rules, sample.clone());
    let Some(decision) = decide(rules, memory) else { return Ok(()) };
    let time = utc(now_ms());
    let said = format!("{time}  {}: {}", change(&sample, &decision), decision.why);
    let line = Line { time, job: &running.jid, sample: &sample, decision: &decision };
    let line = serde_json::to_string(&line)?;
    match args.history.as_deref() {
        Some(file) if file == Path::new(STANDARD) => print(line)?,
        Some(file) => {
            append(file, &line)?;
            print(said)?;
        }
        None => print(said)?,
    }
    if decision.parallelism != sample.parallelism && !args.dry_run {
        let is_done = rescale(args, decision.parallelism)?;
        let at_s = u64::try_from(now_ms() / 1000).unwrap_or(0);
        if is_done {
            memory.changed(at_s, decision.parallelism);
        } else {
            memory.failed(at_s);
        }
    }
    Ok(())
}

/// By `callweave job rescale`, as a process of its own: where this one is ended, the job is not lost.
fn rescale(args: &Args, parallelism: u32) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("cannot find the program of this process")?;
    let mut command = Command::new(program);
    command.args(["job", "rescale", &parallelism.to_string()]).args(words(&args.common));
    let status = command.status().context("cannot start callweave job rescale")?;
    Ok(status.success())
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
