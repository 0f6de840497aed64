//! Which edges an incident is seen at.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Incident, Incidents, Trouble};
use crate::call::CallWriter;
use crate::topology::{Step, Topology};
use crate::TENTHS_PER_MS;

/// An edge by its two services.
type Edge = (usize, usize);

/// All edges of a topology.
pub fn edges(topology: &Topology) -> BTreeSet<Edge> {
    let mut found = BTreeSet::new();
    walk(topology, |way| found.extend(way.last()));
    found
}

/// Calls `visit` with the edges from the client down to each call.
fn walk(topology: &Topology, mut visit: impl FnMut(&[Edge])) {
    fn below(step: &Step, src: usize, way: &mut Vec<Edge>, visit: &mut impl FnMut(&[Edge])) {
        way.push((src, step.to));
        visit(way);
        step.stages.iter().flatten().for_each(|next| below(next, step.to, way, visit));
        way.pop();
    }
    below(&topology.root, topology.client, &mut Vec::new(), &mut visit);
}

impl Incidents {
    /// A line of JSON for each, for a simulation that begins then, in ms of the epoch:
    /// `{"incident":0,"kind":"slower","begin_ms":…,"end_ms":…,"edges":[["Main","SubService1"],…]}`.
    ///
    /// `edges` are those at which it is seen: what waits for a slower call is slower, too. An instance that is gone
    /// has its address besides, as the records have it.
    pub fn truth(&self, topology: &Topology, writer: &CallWriter, begin_ms: i64) -> Vec<String> {
        let at_ms = |at: i64| begin_ms + at.div_euclid(TENTHS_PER_MS);
        let name = |service: usize| topology.services[service].name.as_str();
        let line = |(number, incident): (usize, &Incident)| {
            let edges = incident.trouble.edges(topology);
            let edges: Vec<_> = edges.into_iter().map(|(src, dst)| [name(src), name(dst)]).collect();
            let mut line = json!({
                "incident": number, "kind": incident.trouble.name(), "begin_ms": at_ms(incident.begin),
                "end_ms": incident.end.map(at_ms), "edges": edges,
            });
            if let Trouble::Gone { service, instance } = incident.trouble {
                let address = writer.addresses.json(writer.addresses.index(service, instance), false);
                line["address"] = address.trim_matches('"').into();
            }
            line.to_string()
        };
        self.all.iter().enumerate().map(line).collect()
    }
}

impl Trouble {
    fn name(self) -> &'static str {
        match self {
            Trouble::Slower { .. } => "slower",
            Trouble::Gone { .. } => "gone",
            Trouble::New { .. } => "new",
            Trouble::Burst { .. } => "burst",
        }
    }

    fn edges(self, topology: &Topology) -> BTreeSet<Edge> {
        let mut found = BTreeSet::new();
        walk(topology, |way| {
            let is_seen = |edge: &Edge| match self {
                Trouble::Slower { src, dst, .. } => *edge == (src, dst),
                Trouble::Gone { service, .. } => edge.0 == service || edge.1 == service,
                Trouble::New { service } => edge.1 == service,
                Trouble::Burst { .. } => true,
            };
            match self {
                // Callers wait longer.
                Trouble::Slower { .. } if way.last().is_some_and(is_seen) => found.extend(way),
                // What the new service calls is called more, and callers wait for it.
                Trouble::New { .. } if way.iter().any(is_seen) => found.extend(way),
                Trouble::Gone { .. } | Trouble::Burst { .. } => {
                    found.extend(way.last().filter(|edge| is_seen(edge)))
                }
                _ => {}
            }
        });
        found
    }
}
