//! Incidents as a user writes them.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{tenths, Incident, Trouble};
use crate::topology::Topology;

/// A year, s.
const MAX_S: f64 = 365.0 * 86_400.0;
const MAX_FACTOR: f64 = 1000.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    at_s: Spanned<f64>,
    for_s: Option<Spanned<f64>>,
    slower: Option<Edge>,
    gone: Option<Instance>,
    new: Option<Spanned<String>>,
    burst: Option<Spanned<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edge {
    src: Spanned<String>,
    dst: Spanned<String>,
    factor: Spanned<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instance {
    service: Spanned<String>,
    instance: Spanned<u32>,
}

/// Reads them in order of their begins.
pub fn read(text: &str, topology: &Topology, per_service: u32) -> anyhow::Result<Vec<Incident>> {
    // A snippet of the text would make more than one line of an error.
    let options = serde_saphyr::options! { with_snippet: false };
    let entries: Vec<Entry> = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        anyhow::anyhow!("{}; a list of incidents is wanted", error.to_string().replace('\n', " "))
    })?;
    let mut all = entries
        .iter()
        .map(|entry| Reader { topology, per_service }.incident(entry))
        .collect::<anyhow::Result<Vec<Incident>>>()?;
    all.sort_by_key(|incident| incident.begin);
    Ok(all)
}

struct Reader<'a> {
    topology: &'a Topology,
    per_service: u32,
}

impl Reader<'_> {
    fn incident(&self, entry: &Entry) -> anyhow::Result<Incident> {
        let begin = tenths(in_range(&entry.at_s, "at-s", 0.0, MAX_S)?);
        let for_s = entry.for_s.as_ref().map(|for_s| in_range(for_s, "for-s", 0.001, MAX_S)).transpose()?;
        let trouble = match (&entry.slower, &entry.gone, &entry.new, &entry.burst) {
            (Some(edge), None, None, None) => self.slower(edge)?,
            (None, Some(instance), None, None) => self.gone(instance)?,
            (None, None, Some(service), None) => {
                let new = self.service(service)?;
                anyhow::ensure!(
                    new != self.topology.root.to && new != self.topology.client,
                    "{}every trace calls `{}`: another service is wanted for new",
                    place(service),
                    service.value
                );
                Trouble::New { service: new }
            }
            (None, None, None, Some(factor)) => {
                Trouble::Burst { factor: in_range(factor, "burst", 1.0, MAX_FACTOR)? }
            }
            _ => anyhow::bail!(
                "{}one of slower, gone, new and burst is wanted for each incident",
                place(&entry.at_s)
            ),
        };
        if let (Trouble::New { .. }, Some(for_s)) = (trouble, &entry.for_s) {
            anyhow::bail!("{}a new service stays: leave out for-s", place(for_s));
        }
        Ok(Incident { begin, end: for_s.map(|for_s| begin + tenths(for_s)), trouble })
    }

    fn slower(&self, edge: &Edge) -> anyhow::Result<Trouble> {
        let (src, dst) = (self.service(&edge.src)?, self.service(&edge.dst)?);
        anyhow::ensure!(
            super::truth::edges(self.topology).contains(&(src, dst)),
            "{}`{}` does not call `{}` in the topology: an edge of it is wanted",
            place(&edge.src),
            edge.src.value,
            edge.dst.value
        );
        let factor = in_range(&edge.factor, "factor", 0.001, MAX_FACTOR)?;
        Ok(Trouble::Slower { src, dst, factor })
    }

    fn gone(&self, entry: &Instance) -> anyhow::Result<Trouble> {
        let service = self.service(&entry.service)?;
        let instances = self.topology.services[service].instances.unwrap_or(self.per_service);
        let instance = entry.instance.value;
        anyhow::ensure!(
            instances > 1 && instance < instances,
            "{}`instance` is {instance}, and `{}` has {instances}: one below that is wanted, of a service that has \
             more than one",
            place(&entry.instance),
            entry.service.value
        );
        Ok(Trouble::Gone { service, instance })
    }

    fn service(&self, name: &Spanned<String>) -> anyhow::Result<usize> {
        let services = &self.topology.services;
        services.iter().position(|service| service.name == name.value).ok_or_else(|| {
            let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).take(20).collect();
            anyhow::anyhow!(
                "{}there is no service `{}` in the topology; there are: {}",
                place(name),
                name.value,
                names.join(", ")
            )
        })
    }
}

fn in_range(value: &Spanned<f64>, name: &str, least: f64, most: f64) -> anyhow::Result<f64> {
    anyhow::ensure!(
        (least..=most).contains(&value.value),
        "{}`{name}` is {}; {least} to {most} is wanted",
        place(value),
        value.value
    );
    Ok(value.value)
}

fn place<T>(value: &Spanned<T>) -> String {
    format!("line {}, column {}: ", value.referenced.line(), value.referenced.column())
}
