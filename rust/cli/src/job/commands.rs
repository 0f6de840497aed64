//! The subcommands.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{bail, ensure, Context};

use super::args::{Args, Common, Rescale, Submit, Upgrade, Verb};
use super::change::{Change, Limits, Plan, Side};
use super::drive::{Driver, Steps, Version};
use super::file::{set_parallelism, Job};
use super::flink::{Flink, Listed};
use super::list;
use super::lock::Lock;
use super::outcome::{Outcome, Words};
use super::record::Record;
use super::rest::Rest;
use super::typed::arguments;
use super::EXIT_NOT_DONE;
use crate::console::{ensure_stdout, print, tell};
use crate::interrupt;

/// Runs a subcommand.
///
/// # Errors
/// When the job file is wrong, or the cluster is not as the change needs it: nothing was changed then.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ensure_stdout()?;
    match &args.verb {
        Verb::List(common) => {
            let (_, flink) = open(common)?;
            print(list::table(&flink.jobs()?))?;
            Ok(ExitCode::SUCCESS)
        }
        Verb::Status(common) => status(common),
        Verb::Submit(args) => {
            submit(args).map_err(|error| unchanged(&error, "submit", &arguments(&args.common)))
        }
        Verb::Stop(common) => stop(common).map_err(|error| unchanged(&error, "stop", &arguments(common))),
        Verb::Upgrade(args) => {
            upgrade(args).map_err(|error| unchanged(&error, "upgrade", &arguments(&args.common)))
        }
        Verb::Rescale(args) => rescale(args).map_err(|error| unchanged(&error, "rescale", &typed(args))),
    }
}

/// An error before the change has begun.
fn unchanged(error: &anyhow::Error, verb: &str, typed: &str) -> anyhow::Error {
    let line = format!("nothing was changed: {error:#}");
    if line.contains("callweave job ") {
        return anyhow::Error::msg(line);
    }
    anyhow::anyhow!("{line}; then type: callweave job {verb} {typed}")
}

/// What stands behind `rescale`.
fn typed(args: &Rescale) -> String {
    format!("{} {}", args.parallelism, arguments(&args.common)).trim_end().to_owned()
}

/// The job that is meant, and its cluster; sends nothing yet.
///
/// # Errors
/// What is wrong with the job file or the flags.
pub fn open(common: &Common) -> anyhow::Result<(Job, Flink)> {
    let job = Job::read(common)?;
    let flink = Flink::new(Rest::new(&job.address)?);
    Ok((job, flink))
}

fn submit(args: &Submit) -> anyhow::Result<ExitCode> {
    let (job, flink) = open(&args.common)?;
    let jar = jar(&job)?;
    let _lock = Lock::take(&job.beside)?;
    if let Some(live) = live(&flink, &job.name)?.first() {
        bail!(
            "a job {} runs already, as job {} ({}); type: callweave job upgrade {}",
            job.name,
            live.jid,
            live.state,
            arguments(&args.common)
        );
    }
    let parallelism = args.parallelism.or(job.parallelism);
    ensure_slots(&flink, parallelism, 0)?;
    let new = Version { jar: upload(&flink, jar)?, arguments: job.arguments(parallelism), parallelism };
    let plan = plan(&args.common, None, true, args.from.clone());
    finish(
        &args.common,
        &job,
        &flink,
        Ready { verb: "submit", typed: &arguments(&args.common), plan, new: Some(&new), old: None },
    )
}

fn status(common: &Common) -> anyhow::Result<ExitCode> {
    let (job, flink) = open(common)?;
    let record = Record::read(&job.beside)?;
    let all = flink.jobs()?;
    let mut named: Vec<_> = all.iter().filter(|listed| listed.name == job.name).collect();
    named.sort_by_key(|listed| (listed.is_live(), listed.start_ms));
    let Some(last) = named.last() else {
        let from = record.and_then(|record| record.savepoint);
        let from = from.map_or(String::new(), |from| format!(" --from {from}"));
        print(format_args!(
            "Flink at {} knows no job {}; type: callweave job submit {}{from}",
            flink.url(),
            job.name,
            arguments(common)
        ))?;
        return Ok(ExitCode::from(EXIT_NOT_DONE));
    };
    let submit = format!("callweave job submit {}", arguments(common));
    print(list::status(&flink, last, record.as_ref(), &submit)?)?;
    let runs = last.state == "RUNNING" && last.tasks.running == last.tasks.total;
    Ok(if runs { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NOT_DONE) })
}

fn stop(common: &Common) -> anyhow::Result<ExitCode> {
    let (job, flink) = open(common)?;
    let _lock = Lock::take(&job.beside)?;
    let running = running(&flink, &job, common)?;
    let plan = plan(common, Some(running.jid), false, None);
    finish(
        common,
        &job,
        &flink,
        Ready { verb: "stop", typed: &arguments(common), plan, new: None, old: None },
    )
}

fn upgrade(args: &Upgrade) -> anyhow::Result<ExitCode> {
    let (job, flink) = open(&args.common)?;
    let jar = jar(&job)?;
    let _lock = Lock::take(&job.beside)?;
    let running = running(&flink, &job, &args.common)?;
    let old = old(&flink, &job, &running.jid, args.old_jar.as_deref())?;
    let parallelism = args.parallelism.or(old.parallelism);
    ensure_slots(&flink, parallelism, flink.details(&running.jid)?.parallelism())?;
    let new = Version { jar: upload(&flink, jar)?, arguments: job.arguments(parallelism), parallelism };
    let plan = plan(&args.common, Some(running.jid), true, None);
    finish(
        &args.common,
        &job,
        &flink,
        Ready { verb: "upgrade", typed: &arguments(&args.common), plan, new: Some(&new), old: Some(&old) },
    )
}

fn rescale(args: &Rescale) -> anyhow::Result<ExitCode> {
    let (job, flink) = open(&args.common)?;
    let _lock = Lock::take(&job.beside)?;
    let running = running(&flink, &job, &args.common)?;
    let old = old(&flink, &job, &running.jid, args.old_jar.as_deref())?;
    let runs_with = flink.details(&running.jid)?.parallelism();
    if runs_with == args.parallelism {
        print(format_args!(
            "{} runs with parallelism {runs_with} already, as job {}",
            job.name, running.jid
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let parallelism = Some(args.parallelism);
    ensure_slots(&flink, parallelism, runs_with)?;
    let mut new = Version { parallelism, ..old.clone() };
    set_parallelism(&mut new.arguments, parallelism);
    let plan = plan(&args.common, Some(running.jid), true, None);
    finish(
        &args.common,
        &job,
        &flink,
        Ready { verb: "rescale", typed: &typed(args), plan, new: Some(&new), old: Some(&old) },
    )
}

/// A change that may begin.
struct Ready<'a> {
    verb: &'a str,
    /// What stands behind the verb on the command line.
    typed: &'a str,
    plan: Plan,
    new: Option<&'a Version>,
    old: Option<&'a Version>,
}

/// Goes through the change, notes what runs then, and says it.
fn finish(common: &Common, job: &Job, flink: &Flink, ready: Ready<'_>) -> anyhow::Result<ExitCode> {
    let Ready { verb, typed, plan, new, old } = ready;
    interrupt::hold("the change goes on, so that the job is not lost; once more to break it off");
    let driver = Driver { flink, new, old, savepoints: job.savepoints.as_deref(), poll: common.poll() };
    let outcome = driver.run(Change::new(plan), |side, id, from| {
        let version = if side == Side::New { new } else { old };
        if let Some(version) = version {
            note(&job.beside, version, id, from);
        }
    });
    if let Outcome::Stopped { savepoint } = &outcome {
        note_savepoint(&job.beside, savepoint);
    }
    tidy(flink, &outcome, new, old);
    let words = Words { name: &job.name, verb, arguments: typed, job: &arguments(common) };
    let line = outcome.line(words);
    // Where stdout takes nothing any more, the state of things must be told all the same.
    if outcome.exit_code() != 0 || print(&line).is_err() {
        tell(format_args!("error: {line}"));
    }
    Ok(ExitCode::from(outcome.exit_code()))
}

/// Notes what is about to run. Where that fails the change goes on: the job counts for more.
fn note(beside: &Path, version: &Version, job: &str, from: Option<&str>) {
    let record = Record {
        job: job.to_owned(),
        jar: version.jar.clone(),
        parallelism: version.parallelism,
        arguments: version.arguments.clone(),
        savepoint: from.map(str::to_owned),
    };
    if let Err(error) = record.write(beside) {
        tell(format_args!("warning: {error:#}; an upgrade will want --old-jar"));
    }
}

fn note_savepoint(beside: &Path, savepoint: &str) {
    let noted = Record::read(beside).and_then(|record| {
        let Some(record) = record else { return Ok(()) };
        Record { savepoint: Some(savepoint.to_owned()), ..record }.write(beside)
    });
    if let Err(error) = noted {
        tell(format_args!("warning: {error:#}"));
    }
}

/// Takes away the jar that is not needed any more. One that stays does no harm.
fn tidy(flink: &Flink, outcome: &Outcome, new: Option<&Version>, old: Option<&Version>) {
    let (Some(new), Some(old)) = (new, old) else { return };
    let unused = match outcome {
        Outcome::Started { .. } => &old.jar,
        Outcome::Untouched { .. } | Outcome::WentBack { .. } => &new.jar,
        _ => return,
    };
    if new.jar != old.jar {
        let _ = flink.remove_jar(unused);
    }
}

fn plan(common: &Common, stops: Option<String>, starts: bool, from: Option<String>) -> Plan {
    let limits = Limits {
        away: Duration::from_secs(common.away_timeout_s),
        savepoint: Duration::from_secs(common.savepoint_timeout_s),
        start: Duration::from_secs(common.start_timeout_s),
    };
    Plan { stops, starts, from, ids: [job_id(), job_id()], limits }
}

/// As Flink makes them: 32 random hexadecimal digits.
fn job_id() -> String {
    // The keys of each state are random.
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

fn live(flink: &Flink, name: &str) -> anyhow::Result<Vec<Listed>> {
    let jobs = flink.jobs()?;
    Ok(jobs.into_iter().filter(|job| job.name == name && job.is_live()).collect())
}

/// The one job of this name, if it can be stopped with a savepoint now.
fn running(flink: &Flink, job: &Job, common: &Common) -> anyhow::Result<Listed> {
    let name = &job.name;
    let mut live = live(flink, name)?;
    ensure!(
        live.len() < 2,
        "{} jobs {name} run: {}; cancel all but one first",
        live.len(),
        live.iter().map(|job| job.jid.as_str()).collect::<Vec<_>>().join(", ")
    );
    let Some(running) = live.pop() else {
        let from = Record::read(&job.beside)?.and_then(|record| record.savepoint);
        let from = from.map_or(String::new(), |from| format!(" --from {from}"));
        bail!(
            "no job {name} runs at {}; type: callweave job submit {}{from}",
            flink.url(),
            arguments(common)
        );
    };
    let is_whole = running.state == "RUNNING" && running.tasks.running == running.tasks.total;
    ensure!(
        is_whole,
        "job {} is {} with {} of {} tasks at work; a savepoint needs all of them: see callweave job status {}",
        running.jid,
        running.state,
        running.tasks.running,
        running.tasks.total,
        arguments(common)
    );
    ensure!(
        !flink.checkpoints(&running.jid)?.is_saving(),
        "a savepoint of job {} is under way; wait until it is complete",
        running.jid
    );
    Ok(running)
}

/// What runs, to go back to.
fn old(flink: &Flink, job: &Job, running: &str, jar: Option<&Path>) -> anyhow::Result<Version> {
    let record = Record::read(&job.beside)?.filter(|record| record.job == running);
    if let Some(jar) = jar {
        let jar = upload(flink, jar)?;
        return Ok(match record {
            Some(record) => Version { jar, arguments: record.arguments, parallelism: record.parallelism },
            None => {
                let parallelism = Some(flink.details(running)?.parallelism());
                Version { jar, arguments: job.arguments(parallelism), parallelism }
            }
        });
    }
    let record = record.with_context(|| {
        format!(
            "{}.state does not say what job {running} was started with; give its jar as --old-jar FILE, \
                 so that there is a way back",
            job.beside.display()
        )
    })?;
    ensure!(
        flink.has_jar(&record.jar)?,
        "the cluster does not have the jar of job {running} any more; give it as --old-jar FILE, so that there \
         is a way back"
    );
    Ok(Version { jar: record.jar, arguments: record.arguments, parallelism: record.parallelism })
}

fn ensure_slots(flink: &Flink, parallelism: Option<u32>, held: u32) -> anyhow::Result<()> {
    let slots = flink.slots()?;
    let free = slots.available + u64::from(held);
    let wanted = u64::from(parallelism.unwrap_or(1));
    ensure!(
        wanted <= free,
        "parallelism {wanted} needs as many slots; {free} of the cluster's {} are free for the job: add TaskManagers \
         or take a smaller one",
        slots.total
    );
    Ok(())
}

fn jar(job: &Job) -> anyhow::Result<&Path> {
    let jar = job.jar.as_deref().context("the jar is missing; jar in the job file or --jar is wanted")?;
    ensure!(jar.is_file(), "the jar {} is no file", jar.display());
    Ok(jar)
}

fn upload(flink: &Flink, jar: &Path) -> anyhow::Result<String> {
    let mut steps = Steps::new();
    steps.show("uploading the jar");
    let uploaded = flink.upload(jar, |_| ());
    steps.finish();
    Ok(uploaded?)
}
