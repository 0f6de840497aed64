//! A window of an address, from its calls to its decisions.

use super::automaton::Automaton;
use super::choices::{greedy, Choices, KindFacts};
use super::components::Components;
use super::confidence;
use super::exact::{Answer, Cost, Exact};
use super::frozen::Frozen;
use super::judge::Judge;
use super::kept::{Kept, Lists};
use super::lattice::Question;
use super::layout::Layout;
use super::math::ln;
use super::model::Model;
use super::random::Random;
use super::sampler::{Moves, Sampler};
use super::scene::{Scene, NONE};
use super::tally::Tally;
use super::{cold, order, Counts, Decision, Leg, Method, Settings, Window};

/// Parents that were learned before a model counts as such.
const LEARNED: u64 = 1_000;
/// Rounds in which a window's own model is made, from flat to sharp.
const COLD_ROUNDS: usize = 6;
/// How much more the back-off weighs at their begin.
const COLD_BOOST: f32 = 40.0;
/// Choices of a child.
const MAX_CHOICES: usize = 8;
/// How long a parent is kept behind its end, ms: more than the tolerances.
const KEEP_MS: i32 = 50;

/// Memory that is used again from window to window, whatever the address.
#[derive(Debug, Default)]
pub struct Scratch {
    scene: Scene,
    automaton: Automaton,
    base: Tally,
    tally: Tally,
    frozen: Frozen,
    choices: Choices,
    components: Components,
    exact: Exact,
    sampler: Sampler,
    facts: KindFacts,
    fixed: Lists,
    lists: Lists,
    fixed_links: Vec<u32>,
    links: Vec<u32>,
    best: Vec<u32>,
    marginal: Vec<f32>,
    /// Whether each part is left to the sampler.
    is_sampled: Vec<bool>,
    order: Vec<f32>,
}

impl Scratch {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn decide(
        &mut self,
        model: &mut Model,
        kept: &mut Kept,
        window: Window,
        settings: &Settings,
        seed: u64,
        parents: &[Leg],
        children: &[Leg],
        out: &mut Vec<Decision>,
        counts: &mut Counts,
    ) {
        let end = (window.end_ms - window.begin_ms) as i32;
        self.scene.fill(window, kept, &mut model.callers, &mut model.callees, parents, children);
        let layout = model.layout();
        self.automaton.reset(layout);
        self.base.reset(layout);
        model.thaw(&mut self.automaton, &mut self.base);
        self.order = model.order(layout);
        self.scene.sweep();
        counts.looked_at_cut += self.scene.looked_at_cut;
        self.learn_kinds(model, window, end);
        let mut random = Random::new(seed ^ (window.begin_ms as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let is_cold = model.learned < LEARNED;
        if is_cold {
            cold::learn_links(
                &self.scene,
                &self.facts,
                &self.base,
                &self.automaton,
                &mut self.tally,
                &mut self.frozen,
            );
        } else {
            self.frozen.freeze(&self.base, &self.automaton, 1.0);
        }
        self.choices.prune(&self.scene, &mut self.frozen, &self.facts, MAX_CHOICES);
        self.fix();
        self.components.find(&self.scene, &self.choices, &self.fixed_links);
        self.is_sampled.clear();
        self.is_sampled.resize(self.components.len(), false);
        self.links.clone_from(&self.fixed_links);
        greedy(&self.scene, &self.choices, layout.callees, &mut self.links);
        self.learn_window(layout, is_cold, &mut random);
        self.solve(layout, &mut random);
        self.emit(out, counts, end);
        self.learn_decided(model, layout, end);
        let cut = kept.refill(
            &self.scene,
            &self.lists,
            window.begin_ms,
            end - KEEP_MS,
            settings.max_parents,
            settings.max_list,
        );
        counts.parents_cut += cut.parents;
        counts.list_cut += cut.children;
        counts.model_bytes += model.bytes() as u64;
        model.until_ms = Some(window.end_ms);
    }

    /// What is known of the kinds of children before the window is decided.
    fn learn_kinds(&mut self, model: &mut Model, window: Window, end: i32) {
        let callees = model.callees.peers().len();
        model.children.resize(callees, [0; 3]);
        for (index, child) in self.scene.children.iter().enumerate() {
            if self.scene.places[index] == NONE || child.start >= end {
                continue;
            }
            let edges = self.scene.edges_of(index);
            let counts = &mut model.children[child.kind as usize];
            counts[0] += 1;
            counts[1] += u64::from(!edges.is_empty() && edges.iter().all(|edge| edge.is_relaxed));
            counts[2] += u64::from(edges.is_empty());
        }
        let begin = model.until_ms.map_or(0, |until| (until - window.begin_ms).clamp(-86_400_000, 0) as i32);
        model.idle_ms += self.scene.idle_ms(begin, end) as u64;
        model.total_ms += (end - begin) as u64;
        self.facts.is_asynchronous.clear();
        self.facts.ln_null.clear();
        for &[children, relaxed, orphans] in &model.children {
            self.facts.is_asynchronous.push(relaxed > 3 && relaxed * 20 > children);
            let time = model.idle_ms as f64 + 0.2 * model.total_ms as f64 + 1000.0;
            self.facts.ln_null.push(ln(((orphans as f64 + 0.01) / time).min(0.1)) as f32);
        }
    }

    /// Links what has one choice only.
    fn fix(&mut self) {
        self.fixed_links.clone_from(&self.scene.decided);
        for child in 0..self.scene.children.len() {
            if let [choice] = self.choices.of(child) {
                if !self.choices.is_ambiguous(child) {
                    self.fixed_links[child] = choice.parent;
                }
            }
        }
        self.fixed.gather(self.scene.parents.len(), &self.fixed_links);
    }

    fn learn_window(&mut self, layout: Layout, is_cold: bool, random: &mut Random) {
        if !is_cold {
            self.expect(layout, 1.0, random);
            self.frozen.freeze(&self.tally, &self.automaton, 1.0);
            return;
        }
        self.lists.gather(self.scene.parents.len(), &self.links);
        self.tally.copy_from(&self.base);
        for (place, parent) in self.scene.parents.iter().enumerate().filter(|(_, parent)| parent.teaches()) {
            let list = self.lists.of(place);
            self.tally.add_list(&mut self.automaton, parent, list, &self.scene.children, 1.0);
        }
        for round in 1..=COLD_ROUNDS {
            let sharpness = round as f32 / COLD_ROUNDS as f32;
            self.frozen.freeze(&self.tally, &self.automaton, 1.0 + COLD_BOOST * (1.0 - sharpness));
            self.expect(layout, 0.3 + 0.7 * sharpness, random);
        }
        self.frozen.freeze(&self.tally, &self.automaton, 1.0);
    }

    /// Counts what the window's parents do, as far as the model can tell: `tally` is what is known and that.
    fn expect(&mut self, layout: Layout, beta: f32, random: &mut Random) {
        self.tally.copy_from(&self.base);
        let mut in_part = vec![false; self.scene.parents.len()];
        for part in 0..self.components.len() {
            for &parent in self.components.parents(part) {
                in_part[parent as usize] = true;
            }
        }
        for (place, parent) in self.scene.parents.iter().enumerate() {
            if parent.teaches() && !in_part[place] {
                let list = self.fixed.of(place);
                self.tally.add_list(&mut self.automaton, parent, list, &self.scene.children, 1.0);
            }
        }
        let mut judge = Judge {
            layout,
            parents: &self.scene.parents,
            children: &self.scene.children,
            fixed: &self.fixed,
            automaton: &mut self.automaton,
            frozen: &mut self.frozen,
            order: &self.order,
        };
        let mut cost = Cost::default();
        self.marginal.resize(self.links.len(), 1.0);
        let mut sampled = (Vec::new(), Vec::new());
        for part in 0..self.components.len() {
            let question = Question {
                parents: self.components.parents(part),
                children: self.components.children(part),
                choices: &self.choices,
                beta,
            };
            if !self.is_sampled[part] {
                let mut answer = Answer {
                    best: &mut self.links,
                    marginal: &mut self.marginal,
                    tally: Some(&mut self.tally),
                };
                self.is_sampled[part] =
                    !self.exact.solve(&mut judge, &question, random, &mut answer, &mut cost);
            }
            if self.is_sampled[part] {
                sampled.0.extend_from_slice(question.parents);
                sampled.1.extend_from_slice(question.children);
            }
        }
        self.sampler.begin(&mut judge, &sampled.0, &sampled.1, &self.links);
        if !self.sampler.is_empty() {
            let sweeps = sweeps(sampled.1.len());
            let mut moves =
                Moves { judge: &mut judge, choices: &self.choices, links: &mut self.links, random };
            self.sampler.expect(&mut moves, sweeps, beta, &mut self.tally);
        }
        let mut order = self.order.clone();
        order::learn(&mut judge, &self.choices, &self.links, &mut self.lists, &mut order);
        self.order = order;
    }

    fn solve(&mut self, layout: Layout, random: &mut Random) {
        let mut judge = Judge {
            layout,
            parents: &self.scene.parents,
            children: &self.scene.children,
            fixed: &self.fixed,
            automaton: &mut self.automaton,
            frozen: &mut self.frozen,
            order: &self.order,
        };
        let mut cost = Cost::default();
        self.marginal.clear();
        self.marginal.resize(self.links.len(), 1.0);
        let mut sampled = (Vec::new(), Vec::new());
        for part in 0..self.components.len() {
            let question = Question {
                parents: self.components.parents(part),
                children: self.components.children(part),
                choices: &self.choices,
                beta: 1.0,
            };
            if !self.is_sampled[part] {
                let mut answer = Answer { best: &mut self.links, marginal: &mut self.marginal, tally: None };
                self.is_sampled[part] =
                    !self.exact.solve(&mut judge, &question, random, &mut answer, &mut cost);
            }
            if self.is_sampled[part] {
                sampled.0.extend_from_slice(question.parents);
                sampled.1.extend_from_slice(question.children);
            }
        }
        self.sampler.begin(&mut judge, &sampled.0, &sampled.1, &self.links);
        if !self.sampler.is_empty() {
            let sweeps = sweeps(sampled.1.len());
            let mut moves =
                Moves { judge: &mut judge, choices: &self.choices, links: &mut self.links, random };
            self.sampler.decide(&mut moves, sweeps, &mut self.marginal);
        }
    }

    /// Hands out the decisions on children that start before the end; others have no link then.
    fn emit(&mut self, out: &mut Vec<Decision>, counts: &mut Counts, end: i32) {
        let mut methods = vec![Method::Only; self.links.len()];
        for part in 0..self.components.len() {
            let method = if self.is_sampled[part] { Method::Sampled } else { Method::Exact };
            for &child in self.components.children(part) {
                methods[child as usize] = method;
            }
        }
        for (child, &place) in self.scene.places.iter().enumerate() {
            if place == NONE {
                continue;
            }
            let link = self.links[child];
            if self.scene.children[child].start >= end {
                self.links[child] = NONE;
                continue;
            }
            let method = methods[child];
            match method {
                Method::Only => counts.only += 1,
                Method::Exact => counts.exact += 1,
                Method::Sampled => counts.sampled += 1,
                Method::Greedy => counts.greedy += 1,
            }
            out.push(Decision {
                child: place,
                parent: (link != NONE).then(|| self.scene.parent_keys[link as usize]),
                confidence: confidence::of_marginal(self.marginal[child] * self.choices.mass[child]),
                method,
            });
        }
    }

    /// Learns the decided lists of parents that get no more children.
    fn learn_decided(&mut self, model: &mut Model, layout: Layout, end: i32) {
        self.lists.gather(self.scene.parents.len(), &self.links);
        self.tally.reset(layout);
        let mut learned = 0;
        for place in 0..self.scene.parents.len() {
            let parent = &mut self.scene.parents[place];
            if parent.is_learned || parent.end >= end {
                continue;
            }
            let list = self.lists.of(place);
            self.tally.add_list(&mut self.automaton, parent, list, &self.scene.children, 1.0);
            parent.is_learned = true;
            learned += 1;
        }
        model.learn(&self.automaton, &self.tally, learned);
        model.set_order(layout, &self.order);
    }
}

/// Sweeps of the sampler over so many children.
fn sweeps(children: usize) -> usize {
    (24_000 / children.max(1)).clamp(12, 60)
}
