//! One trace: when its calls start and end. Every call lies inside its parent by construction.

use crate::addresses::{AddressIndex, AddressTable};
use crate::dice::Dice;
use crate::incidents::Effects;
use crate::topology::{Step, Topology, MAX_LATENCY_MS};
use crate::TENTHS_PER_MS;

/// No call of a valid trace takes longer.
pub const MAX_LATENCY_TENTHS: i64 = MAX_LATENCY_MS as i64 * TENTHS_PER_MS;

/// A call of a trace, in tenths of a ms from the start of the trace.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The position of its parent in the trace, always before its own; its own if it has none.
    pub parent: usize,
    /// The caller's address.
    pub src: AddressIndex,
    /// The called service's address.
    pub dst: AddressIndex,
    /// Start.
    pub start: i64,
    /// End, not before the start.
    pub end: i64,
}

/// Draws traces of a topology, reusing one buffer.
#[derive(Debug)]
pub struct TraceMaker {
    topology: Topology,
    spans: Vec<Span>,
}

impl TraceMaker {
    /// Draws traces of this topology.
    pub fn new(topology: Topology) -> Self {
        let spans = Vec::new();
        Self { topology, spans }
    }

    /// The next trace, parents before their children.
    pub fn draw(&mut self, addresses: &AddressTable, effects: &Effects, dice: &mut Dice) -> &[Span] {
        self.spans.clear();
        let mut drawing = Drawing { spans: &mut self.spans, addresses, effects, dice };
        let client = drawing.pick(self.topology.client);
        let end = drawing.place(&self.topology.root, 0, self.topology.client, client, 0);
        if end > MAX_LATENCY_TENTHS {
            self.shrink(end);
        }
        &self.spans
    }

    /// Scales all times alike. Scaling is monotone, so what lay inside still does.
    fn shrink(&mut self, end: i64) {
        let scale = |time: i64| (time as i128 * MAX_LATENCY_TENTHS as i128 / end as i128) as i64;
        for span in &mut self.spans {
            span.start = scale(span.start);
            span.end = scale(span.end);
        }
    }
}

struct Drawing<'a> {
    spans: &'a mut Vec<Span>,
    addresses: &'a AddressTable,
    effects: &'a Effects,
    dice: &'a mut Dice,
}

impl Drawing<'_> {
    fn pick(&mut self, service: usize) -> AddressIndex {
        let all = self.addresses.instances(service);
        let instance = self.effects.instance(service, all, |instances| self.dice.below(instances));
        self.addresses.index(service, instance)
    }

    /// Adds the call that begins at `start`, and those it causes; returns its end.
    /// The service's own work is spread evenly before, between and after the stages.
    fn place(&mut self, step: &Step, parent: usize, from: usize, src: AddressIndex, start: i64) -> i64 {
        let index = self.spans.len();
        let dst = self.pick(step.to);
        self.spans.push(Span { parent, src, dst, start, end: start });
        let work = self.dice.work_tenths(&step.work) as f64 * self.effects.factor(from, step.to);
        let pause = work as i64 / (step.stages.len() as i64 + 1);
        let mut now = start + pause;
        for stage in &step.stages {
            let begun = now;
            for next in stage.iter().filter(|next| !self.effects.is_missing(next.to)) {
                let mut end = begun;
                for _ in 0..next.repeat {
                    if self.dice.chance(next.probability) {
                        end = self.place(next, index, step.to, dst, end);
                    }
                }
                now = now.max(end);
            }
            now += pause;
        }
        self.spans[index].end = now;
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::AddressKind;

    /// Start and end of each call of the first trace, in ms.
    fn first_trace(root: &str) -> Vec<(i64, i64)> {
        let text =
            format!("{{services: [{{name: a}}], client: a, work: {{constant: {{ms: 6}}}}, root: {root}}}");
        let topology = Topology::parse(&text).unwrap();
        let addresses = AddressTable::new(&topology.services, 1, AddressKind::Mixed).unwrap();
        let mut traces = TraceMaker::new(topology);
        let spans = traces.draw(&addresses, &Effects::default(), &mut Dice::new(1));
        spans.iter().map(|span| (span.start / TENTHS_PER_MS, span.end / TENTHS_PER_MS)).collect()
    }

    #[test]
    fn calls_follow_each_other_unless_they_are_parallel() {
        let one_by_one = first_trace("{to: a, calls: [{to: a}, {to: a}]}");
        assert_eq!(one_by_one, [(0, 18), (2, 8), (10, 16)]);
        let parallel = first_trace("{to: a, calls: [{parallel: [{to: a}, {to: a}]}]}");
        assert_eq!(parallel, [(0, 12), (3, 9), (3, 9)]);
    }

    #[test]
    fn a_repeated_call_follows_itself() {
        let repeated = first_trace("{to: a, calls: [{parallel: [{to: a, repeat: 2}, {to: a}]}]}");
        assert_eq!(repeated, [(0, 18), (3, 9), (9, 15), (3, 9)]);
    }

    #[test]
    fn what_is_never_made_causes_nothing() {
        let never = first_trace("{to: a, calls: [{to: a, probability: 0, calls: [{to: a}]}]}");
        assert_eq!(never, [(0, 6)]);
    }

    #[test]
    fn a_trace_that_takes_too_long_is_scaled_down() {
        let root = "{to: a, calls: [{to: a, probability: 0.9, work: {constant: {ms: 19999}}}]}";
        assert_eq!(first_trace(root), [(0, 20_000), (2, 19_997)]);
    }
}
