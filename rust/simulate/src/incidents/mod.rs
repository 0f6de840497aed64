//! Incidents with a known truth: an edge that is slower for a while, an instance that is gone, a service that is
//! new, a burst of traces.
//!
//! `file` is the form in which a user writes them, `truth` tells which edges they are seen at.

mod file;
mod truth;

#[cfg(test)]
mod tests;

use crate::topology::Topology;
use crate::TENTHS_PER_MS;

/// What goes wrong. Services are indices into [`Topology::services`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// The called service works so many times as long on calls of this edge.
    Slower { src: usize, dst: usize, factor: f64 },
    /// An instance is not called; the others of its service take its calls.
    Gone { service: usize, instance: u32 },
    /// A service is called from then on; before, what calls it does without.
    New { service: usize },
    /// So many times as many traces begin.
    Burst { factor: f64 },
}

/// An incident; times are tenths of a ms from the begin of the simulation.
#[derive(Clone, Copy, Debug)]
struct Incident {
    begin: i64,
    /// `None` where it lasts to the end.
    end: Option<i64>,
    trouble: Trouble,
}

/// All incidents of a simulation.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    all: Vec<Incident>,
}

/// What incidents do to a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    slower: Vec<(usize, usize, f64)>,
    gone: Vec<(usize, u32)>,
    missing: Vec<usize>,
}

impl Incidents {
    /// Those that a text describes, YAML or JSON.
    ///
    /// # Errors
    /// One line with the place in the text, what is wrong there, and what would be right.
    pub fn parse(text: &str, topology: &Topology, per_service: u32) -> anyhow::Result<Self> {
        Ok(Self { all: file::read(text, topology, per_service)? })
    }

    /// What they do to a trace that begins then, in tenths of a ms from the begin. Costs a look at each of them.
    pub(crate) fn effects(&self, at: i64, effects: &mut Effects) {
        effects.slower.clear();
        effects.gone.clear();
        effects.missing.clear();
        for incident in &self.all {
            match incident.trouble {
                Trouble::New { service } if at < incident.begin => effects.missing.push(service),
                Trouble::Slower { src, dst, factor } if incident.is_on(at) => {
                    effects.slower.push((src, dst, factor));
                }
                Trouble::Gone { service, instance } if incident.is_on(at) => {
                    effects.gone.push((service, instance));
                }
                _ => {}
            }
        }
    }

    /// How many traces begin then where usually one does.
    pub(crate) fn traces(&self, at: i64) -> f64 {
        let factors = self.all.iter().filter(|incident| incident.is_on(at)).map(|incident| incident.trouble);
        factors.map(|trouble| if let Trouble::Burst { factor } = trouble { factor } else { 1.0 }).product()
    }
}

impl Incident {
    fn is_on(&self, at: i64) -> bool {
        self.begin <= at && self.end.is_none_or(|end| at < end)
    }
}

impl Effects {
    /// How many times as long a service works on a call of this edge.
    pub(crate) fn factor(&self, src: usize, dst: usize) -> f64 {
        let factors = self.slower.iter().filter(|slower| (slower.0, slower.1) == (src, dst));
        factors.map(|slower| slower.2).product()
    }

    /// Whether nobody calls the service.
    pub(crate) fn is_missing(&self, service: usize) -> bool {
        self.missing.contains(&service)
    }

    /// Draws one of a service's instances, of which one at least is called.
    pub(crate) fn instance(&self, service: usize, all: u32, draw: impl FnOnce(u32) -> u32) -> u32 {
        let of_service = self.gone.iter().filter(|gone| gone.0 == service);
        let mut gone: Vec<u32> = of_service.map(|gone| gone.1).collect();
        gone.sort_unstable();
        gone.dedup();
        gone.truncate(all as usize - 1);
        let drawn = draw(all - gone.len() as u32);
        gone.into_iter().fold(drawn, |instance, gone| instance + u32::from(instance >= gone))
    }
}

/// Tenths of a ms.
fn tenths(s: f64) -> i64 {
    (s * 1000.0 * TENTHS_PER_MS as f64) as i64
}
