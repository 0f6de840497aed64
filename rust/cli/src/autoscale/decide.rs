//! From what is known to what is to be done, and why.

use serde::Serialize;

use super::capacity::Capacity;
use super::memory::Memory;
use super::rules::Rules;
use super::sample::{Flow, Sample};

/// No step takes more than this share of the subtasks away.
const MAX_DOWN_SHARE: f64 = 0.5;
/// No step gives more than this many times the subtasks.
const MAX_UP_FACTOR: u32 = 2;

/// What is to be done, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Subtasks per operator from now on; as many as now where nothing is to be done.
    #[serde(rename = "wanted")]
    pub parallelism: u32,
    /// In words.
    pub why: String,
}

/// What is to be done at the time of the last sample. The same knowledge always leads to the same decision.
///
/// `None` before the first sample since the last change.
pub fn decide(rules: &Rules, memory: &Memory) -> Option<Decision> {
    let last = memory.samples().back()?;
    let now = last.parallelism;
    let decision = wanted(rules, memory, last)
        .and_then(|(wanted, why)| {
            if wanted > now {
                more(rules, memory, last, wanted, why)
            } else {
                fewer(rules, memory, last, wanted, why)
            }
        })
        .unwrap_or_else(|why| Decision { parallelism: now, why });
    Some(decision)
}

/// What the bounds ask for alone.
fn bounded(rules: &Rules, now: u32) -> Option<(u32, String)> {
    let bounded = now.clamp(rules.min_parallelism, rules.max_parallelism);
    let bound = if bounded > now { "at least" } else { "at most" };
    (bounded != now).then(|| (bounded, format!("{bound} {bounded} are allowed")))
}

/// How many subtasks the samples agree on, and the sum in words; or why there is nothing to do.
fn wanted(rules: &Rules, memory: &Memory, last: &Sample) -> Result<(u32, String), String> {
    let now = last.parallelism;
    if let Some(ago) = memory.since_failure_s(last.at_s).filter(|ago| *ago < rules.failed_pause_s) {
        return Err(format!(
            "the last rescale failed {ago} s ago; the next is {} s after it",
            rules.failed_pause_s
        ));
    }
    if let Some(bounded) = bounded(rules, now) {
        return Ok(bounded);
    }
    let flow =
        last.flow().map_err(|missing| format!("{missing} is not known; nothing is done on a guess"))?;
    let capacity = memory.capacity();
    let seen = memory.samples().len();
    if seen < rules.min_samples {
        return Err(format!("{seen} of {} samples since the last change", rules.min_samples));
    }
    let per_s = capacity.per_s().ok_or_else(|| {
        format!("it is not known yet what a subtask can do; that takes {} s of reading", rules.min_stretch_s)
    })?;
    let window = memory.window(rules);
    let demands: Vec<u32> = window
        .clone()
        .rev()
        .map_while(|sample| Some(demand(rules, capacity, sample.flow().ok()?, now)))
        .collect();
    let latest = demands.get(..rules.min_samples).ok_or("of the last samples one has something missing")?;
    let sum = sum(rules, flow, capacity, per_s);
    // All agree: the least that each asks for.
    let least = latest.iter().copied().min().unwrap_or(now);
    if least > now {
        return Ok((least, sum));
    }
    let most = demands.iter().copied().max().unwrap_or(now);
    if most < now {
        let is_long = memory.covers_window(rules) && demands.len() == window.count();
        return is_long.then_some((most, sum.clone())).ok_or_else(|| {
            format!("{sum}: {most} would do, once that is so for {} s without a gap", rules.down_window_s)
        });
    }
    Err(format!("{sum}: {now} are right"))
}

/// Subtasks that read the input and its backlog in time.
fn demand(rules: &Rules, capacity: Capacity, flow: Flow, now: u32) -> u32 {
    let Some(per_s) = capacity.per_s() else { return now };
    let rate = rate(rules, flow);
    let wanted = (rate / (per_s * rules.target_utilisation)).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
    let utilisation = rate / (per_s * f64::from(now));
    // By what was read with ease more subtasks can never be justified.
    let is_only_a_bound = !matches!(capacity, Capacity::Seen(_));
    if wanted > now && (utilisation <= rules.max_utilisation || is_only_a_bound)
        || wanted < now && utilisation >= rules.min_utilisation
    {
        return now;
    }
    wanted
}

/// Records a second that are to be read.
fn rate(rules: &Rules, flow: Flow) -> f64 {
    flow.input_per_s + flow.lag.max(0.0) / rules.catch_up_s
}

fn sum(rules: &Rules, flow: Flow, capacity: Capacity, per_s: f64) -> String {
    let backlog = if flow.behind_s() > rules.behind_s {
        format!(" and a backlog of {:.0} in {:.0} s", flow.lag, rules.catch_up_s)
    } else {
        String::new()
    };
    let seen = match capacity {
        Capacity::Seen(_) => "reads",
        Capacity::AtLeast(_) | Capacity::Unknown => "reads at least",
    };
    format!(
        "{:.0} records/s come in{backlog}, a subtask {seen} {per_s:.0}/s and is to be at work for {:.0} %",
        flow.input_per_s,
        rules.target_utilisation * 100.0
    )
}

fn more(rules: &Rules, memory: &Memory, last: &Sample, wanted: u32, sum: String) -> Result<Decision, String> {
    let now = last.parallelism;
    let useless = memory.since_useless_s(last.at_s).filter(|(ago, _)| *ago < rules.useless_pause_s);
    if let Some((ago, before)) = useless {
        return Err(format!(
            "{sum}: {wanted} are wanted, but more than {before} did not help {ago} s ago; look what else is in the way"
        ));
    }
    let slots =
        last.slots.ok_or_else(|| format!("{sum}: {wanted} are wanted, but the slots are not known"))?;
    let partitions = last
        .partitions
        .ok_or_else(|| format!("{sum}: {wanted} are wanted, but the partitions are not known"))?;
    let limits = [
        (now.saturating_mul(MAX_UP_FACTOR), "twice as many at once"),
        (partitions, "the partitions of the input topic"),
        // Before the slots, which are as many where they can be added.
        (rules.max_parallelism, "the greatest parallelism allowed"),
        (slots, "the slots"),
    ];
    let (limit, what) = limits.into_iter().min_by_key(|(limit, _)| *limit).unwrap_or((now, ""));
    let parallelism = wanted.min(limit);
    let limited = if wanted > limit { format!(", of which {what} leave {limit}") } else { String::new() };
    if parallelism <= now {
        return Err(format!("{sum}: {wanted} are wanted, but there are no more than {limit}: {what}"));
    }
    if let Some(left) = pause(memory, last, rules.up_pause_s) {
        return Err(format!("{sum}: {wanted} are wanted, in {left} s at the earliest"));
    }
    Ok(Decision { parallelism, why: format!("{sum}: {wanted} are wanted{limited}") })
}

fn fewer(
    rules: &Rules,
    memory: &Memory,
    last: &Sample,
    wanted: u32,
    sum: String,
) -> Result<Decision, String> {
    let now = last.parallelism;
    if now > rules.max_parallelism {
        return Ok(Decision { parallelism: wanted, why: sum });
    }
    let not_yet = |why: &str| Err(format!("{sum}: {wanted} would do, but {why}"));
    let any = |holds: &dyn Fn(&Sample) -> bool| memory.window(rules).any(holds);
    let exceeds = |value: Option<f64>, limit: f64| value.is_some_and(|value| value > limit);
    if any(&|sample| sample.flow().is_ok_and(|flow| flow.behind_s() > rules.behind_s)) {
        return not_yet("the job was behind lately");
    }
    if any(&|sample| exceeds(sample.wall_clock_lag_ms, rules.max_wall_clock_lag_ms)) {
        return not_yet("its time is behind the clock");
    }
    if any(&|sample| exceeds(sample.gc_share, rules.max_gc_share)) {
        return not_yet("a TaskManager is short of memory: it collects garbage too long");
    }
    if any(&|sample| exceeds(sample.checkpoint_share, rules.max_checkpoint_share)) {
        return not_yet("checkpoints take almost as long as there is between them");
    }
    let least_step = (f64::from(now) * MAX_DOWN_SHARE).ceil() as u32;
    let parallelism = wanted.max(least_step).max(rules.min_parallelism);
    if parallelism >= now {
        return not_yet("that is the least allowed");
    }
    if let Some(left) = pause(memory, last, rules.down_pause_s) {
        return not_yet(&format!("in {left} s at the earliest"));
    }
    let limited = if parallelism > wanted { format!(", by this step {parallelism}") } else { String::new() };
    Ok(Decision {
        parallelism,
        why: format!("{sum}, for {} s: {wanted} will do{limited}", rules.down_window_s),
    })
}

/// How much of the pause after the last change is left, s.
fn pause(memory: &Memory, last: &Sample, pause_s: u64) -> Option<u64> {
    let ago = memory.since_change_s(last.at_s)?;
    pause_s.checked_sub(ago).filter(|left| *left > 0)
}

#[cfg(test)]
mod tests;
