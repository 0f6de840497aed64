//! Makes a [`Topology`] of what a user has written, or says where that is wrong.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use serde_saphyr::Spanned;

use super::file::{CallEntry, ServiceEntry, StuckEntry, TopologyFile, WorkEntry};
use super::{Service, Step, Stuck, Topology, Usual, Work, MAX_INSTANCES, MAX_LATENCY_MS};

/// A trace of more calls is refused. It bounds the memory and the time that one trace can cost.
const MAX_CALLS: u64 = 10_000;
/// Beyond that, the mean is more than 200,000 medians: no latency is like that.
const MAX_SIGMA: f64 = 5.0;
/// The shortest time that can be written, ms.
const TENTH_MS: f64 = 0.1;

/// The topology that the file describes.
pub fn check(file: &TopologyFile) -> anyhow::Result<Topology> {
    let services = file.services.as_deref().unwrap_or_default();
    anyhow::ensure!(!services.is_empty(), "`services` is missing or empty: give a list of `- name: NAME`");
    let Some(client) = &file.client else {
        anyhow::bail!("`client` is missing: name the service that starts every trace");
    };
    let Some(root) = &file.root else {
        anyhow::bail!("`root` is missing: give the first call of every trace, such as `root: {{to: NAME}}`");
    };
    let checker = Checker { services, indexes: indexes(services)?, work: file.work.as_ref() };
    let topology = Topology {
        services: services.iter().map(service).collect::<anyhow::Result<_>>()?,
        client: checker.service(client)?,
        root: checker.root(root)?,
    };
    let calls = topology.root.most_calls();
    if calls > MAX_CALLS {
        return Err(wrong(root, format!("a trace has up to {calls} calls: at most {MAX_CALLS} are right")));
    }
    let mean_ms = topology.root.least_mean_ms();
    if mean_ms > MAX_LATENCY_MS {
        let text = format!("`root` takes {mean_ms:.0} ms on average with all that it causes");
        let text = format!("{text}: at most {MAX_LATENCY_MS} is right");
        return Err(wrong(root, text));
    }
    Ok(topology)
}

/// An error at the place of a value.
fn wrong<T>(place: &Spanned<T>, text: impl std::fmt::Display) -> anyhow::Error {
    let (line, column) = (place.referenced.line(), place.referenced.column());
    anyhow::anyhow!("line {line}, column {column}: {text}")
}

/// A number in its range; the error names it.
fn number(value: &Spanned<f64>, name: &str, range: RangeInclusive<f64>) -> anyhow::Result<f64> {
    if range.contains(&value.value) {
        return Ok(value.value);
    }
    let (from, to) = range.into_inner();
    Err(wrong(value, format!("`{name}` is {}: a number from {from} to {to} is right", value.value)))
}

fn whole(value: &Spanned<f64>, name: &str, most: u32) -> anyhow::Result<u32> {
    if value.value.fract() == 0.0 && (1.0..=f64::from(most)).contains(&value.value) {
        return Ok(value.value as u32);
    }
    Err(wrong(value, format!("`{name}` is {}: a whole number from 1 to {most} is right", value.value)))
}

fn indexes(services: &[ServiceEntry]) -> anyhow::Result<HashMap<&str, usize>> {
    let mut indexes = HashMap::new();
    for (index, ServiceEntry { name, .. }) in services.iter().enumerate() {
        if name.value.is_empty() {
            return Err(wrong(name, "`name` is empty: a service needs a name"));
        }
        if indexes.insert(name.value.as_str(), index).is_some() {
            let text = format!("service `{}` is there twice: each needs a name of its own", name.value);
            return Err(wrong(name, text));
        }
    }
    Ok(indexes)
}

fn service(entry: &ServiceEntry) -> anyhow::Result<Service> {
    let instances = entry.instances.as_ref();
    let name = entry.name.value.clone();
    let instances = instances.map(|count| whole(count, "instances", MAX_INSTANCES)).transpose()?;
    // Also where no call uses it: what is written is right or refused.
    entry.work.as_ref().map(work).transpose()?;
    Ok(Service { name, instances })
}

struct Checker<'a> {
    services: &'a [ServiceEntry],
    indexes: HashMap<&'a str, usize>,
    work: Option<&'a Spanned<WorkEntry>>,
}

impl Checker<'_> {
    fn service(&self, name: &Spanned<String>) -> anyhow::Result<usize> {
        self.indexes.get(name.value.as_str()).copied().ok_or_else(|| {
            let text = format!("unknown service `{}`: `services` must have it", name.value);
            wrong(name, text)
        })
    }

    fn root(&self, entry: &Spanned<CallEntry>) -> anyhow::Result<Step> {
        let call = &entry.value;
        if call.probability.is_some() || call.repeat.is_some() {
            let text = "`root` is made once in every trace: it takes no `probability` and no `repeat`";
            return Err(wrong(entry, text));
        }
        self.call(entry)
    }

    /// One call, with all that it causes. The file nests at most as deep as its parser allows.
    fn call(&self, entry: &Spanned<CallEntry>) -> anyhow::Result<Step> {
        let call = &entry.value;
        let (Some(name), None) = (&call.to, &call.parallel) else {
            return Err(wrong(entry, "a call needs `to: NAME`; only an item of `calls` may be a `parallel`"));
        };
        let to = self.service(name)?;
        let chosen = call.work.as_ref().or(self.services[to].work.as_ref()).or(self.work);
        let Some(chosen) = chosen else {
            let text = format!(
                "the call to `{}` has no `work`: give it here, at the service, or for all at the top",
                name.value
            );
            return Err(wrong(name, text));
        };
        let probability = call.probability.as_ref().map(|p| number(p, "probability", 0.0..=1.0));
        let repeat = call.repeat.as_ref().map(|count| whole(count, "repeat", MAX_CALLS as u32));
        let stages = call.calls.iter().flatten().map(|entry| self.stage(entry));
        Ok(Step {
            to,
            probability: probability.transpose()?.unwrap_or(1.0),
            repeat: repeat.transpose()?.unwrap_or(1),
            work: work(chosen)?,
            stages: stages.collect::<anyhow::Result<_>>()?,
        })
    }

    fn stage(&self, entry: &Spanned<CallEntry>) -> anyhow::Result<Vec<Step>> {
        let CallEntry { to, parallel, probability, repeat, work, calls } = &entry.value;
        let Some(group) = parallel else {
            return Ok(vec![self.call(entry)?]);
        };
        let has_more = to.is_some() || probability.is_some() || repeat.is_some();
        if has_more || work.is_some() || calls.is_some() {
            return Err(wrong(entry, "beside `parallel` stands nothing: give all else to the calls in it"));
        }
        group.iter().map(|call| self.call(call)).collect()
    }
}

fn work(entry: &Spanned<WorkEntry>) -> anyhow::Result<Work> {
    let time = |value: &Spanned<f64>, name: &str| number(value, name, 0.0..=MAX_LATENCY_MS);
    let WorkEntry { constant, uniform, exponential, lognormal, stuck } = &entry.value;
    let usual = match (constant, uniform, exponential, lognormal) {
        (Some(constant), None, None, None) => Usual::Constant { ms: time(&constant.ms, "ms")? },
        (None, Some(uniform), None, None) => {
            let from_ms = time(&uniform.from_ms, "from_ms")?;
            Usual::Uniform { from_ms, to_ms: number(&uniform.to_ms, "to_ms", from_ms..=MAX_LATENCY_MS)? }
        }
        (None, None, Some(exponential), None) => {
            Usual::Exponential { mean_ms: time(&exponential.mean_ms, "mean_ms")? }
        }
        (None, None, None, Some(lognormal)) => Usual::Lognormal {
            median_ms: time(&lognormal.median_ms, "median_ms")?,
            sigma: number(&lognormal.sigma, "sigma", 0.0..=MAX_SIGMA)?,
        },
        _ => {
            let text = "`work` needs one of `constant`, `uniform`, `exponential` and `lognormal`";
            return Err(wrong(entry, text));
        }
    };
    let none = Stuck { share: 0.0, from_ms: MAX_LATENCY_MS, to_ms: MAX_LATENCY_MS };
    Ok(Work { usual, stuck: stuck.as_ref().map(stuck_share).transpose()?.unwrap_or(none) })
}

fn stuck_share(entry: &StuckEntry) -> anyhow::Result<Stuck> {
    let share = number(&entry.share, "share", 0.0..=1.0)?;
    let from_ms = number(&entry.from_ms, "from_ms", TENTH_MS..=MAX_LATENCY_MS)?;
    let to_ms = number(&entry.to_ms, "to_ms", from_ms..=MAX_LATENCY_MS)?;
    Ok(Stuck { share, from_ms, to_ms })
}
