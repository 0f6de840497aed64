//! What `list` and `status` say.

use super::flink::{Checkpoints, Complete, Flink, Listed};
use super::record::Record;
use super::rest::Failure;
use crate::date::utc;

/// All jobs, the last one first.
pub fn table(jobs: &[Listed]) -> String {
    if jobs.is_empty() {
        return "no jobs".to_owned();
    }
    let mut jobs: Vec<_> = jobs.iter().collect();
    jobs.sort_by_key(|job| (!job.is_live(), -job.start_ms));
    let mut lines =
        vec![format!("{:<34}{:<12}{:>9}  {:<24}  {}", "job", "state", "tasks", "started", "name")];
    lines.extend(jobs.iter().map(|job| {
        let tasks = format!("{}/{}", job.tasks.running, job.tasks.total);
        format!(
            "{:<34}{:<12}{tasks:>9}  {:<24}  {}",
            job.jid,
            job.state,
            utc(job.start_ms),
            one_line(&job.name)
        )
    }));
    lines.join("\n")
}

/// How a job is: four requests. `submit` is what goes on with one that is over, without where from.
///
/// # Errors
/// When Flink does not answer.
pub fn status(flink: &Flink, job: &Listed, record: Option<&Record>, submit: &str) -> Result<String, Failure> {
    let details = flink.details(&job.jid)?;
    let slots = flink.slots()?;
    let checkpoints = flink.checkpoints(&job.jid).ok();
    let mut rows = vec![
        ("job", format!("{} {}", one_line(&job.name), job.jid)),
        ("state", format!("{}, {} of {} tasks run", job.state, job.tasks.running, job.tasks.total)),
        ("started", format!("{}, {} ago", utc(job.start_ms), duration(job.duration_ms))),
        ("parallelism", details.parallelism().to_string()),
        ("slots", format!("{} free of the cluster's {}", slots.available, slots.total)),
    ];
    if let Some(checkpoints) = &checkpoints {
        let counts = checkpoints.counts;
        rows.push(("checkpoints", format!("{} complete, {} failed", counts.completed, counts.failed)));
        rows.extend(checkpoints.latest.completed.as_ref().map(|last| ("last one", complete(last))));
        rows.extend(checkpoints.latest.savepoint.as_ref().map(|last| ("savepoint", complete(last))));
        if checkpoints.is_saving() {
            rows.push(("savepoint", "one is under way".to_owned()));
        }
    }
    rows.extend(flink.failure(&job.jid)?.map(|failure| ("last failure", failure)));
    match record {
        Some(record) if record.job == job.jid => {
            // Of one that is over it is the savepoint that it was stopped with.
            let origin = record.savepoint.clone().filter(|_| job.is_live());
            rows.extend(origin.map(|savepoint| ("went on from", savepoint)));
            rows.push(("jar", record.jar.clone()));
        }
        _ => rows.push(("jar", "not known: the job was not started with this job file".to_owned())),
    }
    if !job.is_live() {
        let own = checkpoints.as_ref().and_then(Checkpoints::newest).and_then(Complete::path);
        let restored = || record.filter(|record| record.job == job.jid)?.savepoint.clone();
        let from = own.or_else(restored).map_or(String::new(), |from| format!(" --from {from}"));
        rows.push(("to go on", format!("type: {submit}{from}")));
    }
    let lines: Vec<_> = rows.into_iter().map(|(name, value)| format!("{name:<13} {value}")).collect();
    Ok(lines.join("\n"))
}

fn complete(checkpoint: &Complete) -> String {
    format!(
        "{}, {} ms, {} bytes of state{}",
        utc(checkpoint.trigger_timestamp),
        checkpoint.end_to_end_duration,
        checkpoint.state_size,
        checkpoint.path().map_or(String::new(), |path| format!(", {path}"))
    )
}

fn duration(ms: i64) -> String {
    let s = ms / 1000;
    match s {
        0..=119 => format!("{s} s"),
        120..=7199 => format!("{} min", s / 60),
        7200..=172_799 => format!("{} h", s / 3600),
        _ => format!("{} days", s / 86_400),
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
