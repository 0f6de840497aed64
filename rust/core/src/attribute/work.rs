//! A window of an address, from its calls to its decisions.

use super::automaton::Automaton;
use super::children::Lists;
use super::choices::{Choices, KindFacts};
use super::confidence;
use super::effort::{Effort, Sweeps};
use super::frozen::Frozen;
use super::judge::Judge;
use super::kept::Kept;
use super::layout::Layout;
use super::lesson::Lesson;
use super::math::ln;
use super::model::Model;
use super::random::Random;
use super::scene::{Scene, NONE};
use super::solver::Solver;
use super::tally::Tally;
use super::{cold, order, plain, Counts, Decision, Leg, Method, Settings, Window};
use crate::memory::of_vec;

/// How much more the back-off weighs at the begin of a cold window's rounds.
const COLD_BOOST: f32 = 40.0;
/// Choices of a child.
const MAX_CHOICES: usize = 8;
/// Choices on average beyond which a warm window is dense, and those of a child then.
const DENSE_CHOICES: f64 = 7.0;
const MAX_DENSE_CHOICES: usize = 5;
/// How long a parent is kept behind its end, ms: more than the tolerances.
const KEEP_MS: i32 = 50;

/// What is expected of a window: by a model that knows little, in rounds, or by one that has learned.
#[derive(Debug, Clone, Copy)]
enum Expecting {
    /// With the sweeps that the first round has chosen.
    Cold(Option<Sweeps>),
    Warm,
}

/// Memory that is used again from window to window, whatever the address.
#[derive(Debug, Default)]
pub struct Scratch {
    scene: Scene,
    automaton: Automaton,
    base: Tally,
    tally: Tally,
    frozen: Frozen,
    choices: Choices,
    solver: Solver,
    facts: KindFacts,
    fixed: Lists,
    lists: Lists,
    fixed_links: Vec<u32>,
    order: Vec<f32>,
    /// Whether the window has children of each kind.
    met: Vec<bool>,
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
        self.scene.sweep();
        counts.looked_at_cut += self.scene.looked_at_cut;
        self.learn_kinds(model, window, end);
        let is_plain = plain::is_plain(&self.scene);
        if is_plain {
            let Self { scene, facts, choices, .. } = self;
            choices.leave_nothing_out(scene.children.len());
            self.solver.begin_decided(|links, marginal| plain::decide(scene, model, facts, links, marginal));
        } else {
            let seed = seed ^ (window.begin_ms as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            self.work(model, layout, settings, &mut Random::new(seed));
            model.set_order(layout, &self.order);
        }
        self.emit(out, counts, end, is_plain);
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

    /// Decides all at once, by the model laid out.
    fn work(&mut self, model: &Model, layout: Layout, settings: &Settings, random: &mut Random) {
        self.base.reset(layout);
        self.met.clear();
        self.met.resize(layout.callees, false);
        for child in &self.scene.children {
            self.met[child.kind as usize] = true;
        }
        model.thaw(&self.met, &mut self.automaton, &mut self.base);
        self.order = model.order(layout);
        let undecided = self.scene.places.iter().filter(|&&place| place != NONE).count();
        let lesson = Lesson::of(model.learned, undecided);
        if lesson == Lesson::All {
            cold::learn_links(
                &self.scene,
                &self.facts,
                &self.base,
                model.has_no_links(),
                &mut self.automaton,
                &mut self.tally,
                &mut self.frozen,
            );
        } else {
            self.frozen.freeze(&self.base, &mut self.automaton, 1.0);
        }
        let effort = Effort::new(settings.effort, undecided);
        self.choose(lesson);
        self.solver.begin(&self.scene, &self.choices, &self.fixed_links, layout.callees, &effort);
        let sweeps = self.learn_window(layout, &effort, lesson, random);
        self.decide_window(layout, &effort, sweeps, random);
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
            let is_relaxed = !edges.is_empty() && edges.iter().all(|edge| edge.is_relaxed);
            for (count, one) in counts.iter_mut().zip([true, is_relaxed, edges.is_empty()]) {
                *count = count.saturating_add(u64::from(one));
            }
        }
        let begin = model
            .until_ms
            .map_or(0, |until| until.saturating_sub(window.begin_ms).clamp(-86_400_000, 0) as i32);
        model.idle_ms = model.idle_ms.saturating_add(self.scene.idle_ms(begin, end) as u64);
        model.total_ms = model.total_ms.saturating_add((end - begin) as u64);
        self.facts.is_asynchronous.clear();
        self.facts.ln_null.clear();
        for &[children, relaxed, orphans] in &model.children {
            self.facts.is_asynchronous.push(relaxed > 3 && relaxed > children / 20);
            let time = model.idle_ms as f64 + 0.2 * model.total_ms as f64 + 1000.0;
            self.facts.ln_null.push(ln(((orphans as f64 + 0.01) / time).min(0.1)) as f32);
        }
    }

    /// Finds the choices of all children, and links those that have but one.
    fn choose(&mut self, lesson: Lesson) {
        self.choices.prune(&self.scene, &mut self.frozen, &self.facts, MAX_CHOICES);
        if lesson != Lesson::All && self.choices.mean_choices() > DENSE_CHOICES {
            self.choices.prune(&self.scene, &mut self.frozen, &self.facts, MAX_DENSE_CHOICES);
        }
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

    /// Makes the model sharper by what the window itself says; returns the sweeps for its decision if it was
    /// asked.
    fn learn_window(
        &mut self,
        layout: Layout,
        effort: &Effort,
        lesson: Lesson,
        random: &mut Random,
    ) -> Option<usize> {
        if effort.is_none() {
            return Some(0);
        }
        match lesson {
            Lesson::None => return None,
            Lesson::Step => {}
            Lesson::All => return Some(self.learn_cold(layout, effort, random)),
        }
        let sweeps = self.expect(layout, effort, 1.0, Expecting::Warm, random);
        if sweeps.learning > 0 || self.solver.all_small() {
            self.frozen.freeze(&self.tally, &mut self.automaton, 1.0);
        }
        Some(sweeps.deciding)
    }

    /// Makes a model of little but the window: from links by themselves to whole lists, from flat to sharp.
    fn learn_cold(&mut self, layout: Layout, effort: &Effort, random: &mut Random) -> usize {
        self.lists.gather(self.scene.parents.len(), &self.solver.links);
        self.tally.copy_from(&self.base);
        for (place, parent) in self.scene.parents.iter().enumerate().filter(|(_, parent)| parent.teaches()) {
            let list = self.lists.of(place);
            self.tally.add_list(&mut self.automaton, parent, list, &self.scene.children, 1.0);
        }
        let mut sweeps = None;
        for round in 1..=effort.cold_rounds {
            let sharpness = round as f32 / effort.cold_rounds as f32;
            self.frozen.freeze(&self.tally, &mut self.automaton, 1.0 + COLD_BOOST * (1.0 - sharpness));
            sweeps =
                Some(self.expect(layout, effort, 0.3 + 0.7 * sharpness, Expecting::Cold(sweeps), random));
        }
        self.frozen.freeze(&self.tally, &mut self.automaton, 1.0);
        sweeps.map_or(0, |sweeps| sweeps.deciding)
    }

    /// Counts what the window's parents do, as far as the model can tell: `tally` is what is known and that.
    fn expect(
        &mut self,
        layout: Layout,
        effort: &Effort,
        beta: f32,
        expecting: Expecting,
        random: &mut Random,
    ) -> Sweeps {
        let (is_cold, chosen) = match expecting {
            Expecting::Cold(chosen) => (true, chosen),
            Expecting::Warm => (false, None),
        };
        self.tally.copy_from(&self.base);
        let mut order = self.order.clone();
        let Self { solver, choices, tally, .. } = self;
        let judge = &mut Judge {
            layout,
            parents: &self.scene.parents,
            children: &self.scene.children,
            fixed: &self.fixed,
            automaton: &mut self.automaton,
            frozen: &mut self.frozen,
            order: &self.order,
            scored: 0,
        };
        solver.count_fixed(judge, tally);
        let cost = solver.work_small(judge, choices, beta, effort.limits(), random, Some(tally));
        let sweeps = chosen.unwrap_or_else(|| solver.sweeps(choices, effort, cost, is_cold));
        if is_cold || sweeps.learning > 0 {
            solver.sample(judge, choices, beta, sweeps.learning, random, tally);
        }
        order::learn(judge, choices, &solver.links, &mut self.lists, &mut order);
        self.order = order;
        sweeps
    }

    /// Decides, with so many sweeps; if the window taught nothing yet, as many as there may be, and then it teaches
    /// what is served in order.
    fn decide_window(&mut self, layout: Layout, effort: &Effort, sweeps: Option<usize>, random: &mut Random) {
        let scene = &self.scene;
        let mut judge = Judge {
            layout,
            parents: &scene.parents,
            children: &scene.children,
            fixed: &self.fixed,
            automaton: &mut self.automaton,
            frozen: &mut self.frozen,
            order: &self.order,
            scored: 0,
        };
        let cost = self.solver.work_small(&mut judge, &self.choices, 1.0, effort.limits(), random, None);
        let chosen =
            sweeps.unwrap_or_else(|| self.solver.sweeps(&self.choices, effort, cost, false).deciding);
        self.solver.decide_large(scene, &mut judge, &self.choices, chosen, random);
        if sweeps.is_none() {
            let mut order = self.order.clone();
            order::learn(&mut judge, &self.choices, &self.solver.links, &mut self.lists, &mut order);
            self.order = order;
        }
    }

    /// Hands out the decisions on children that start before the end; others have no link then.
    fn emit(&mut self, out: &mut Vec<Decision>, counts: &mut Counts, end: i32, is_plain: bool) {
        let methods = self.solver.methods();
        for (child, &place) in self.scene.places.iter().enumerate() {
            if place == NONE {
                continue;
            }
            let link = self.solver.links[child];
            if self.scene.children[child].start >= end {
                self.solver.links[child] = NONE;
                continue;
            }
            let method = methods[child];
            match method {
                Method::Only => counts.only += 1,
                Method::Exact => counts.exact += 1,
                Method::Sampled => counts.sampled += 1,
                Method::Greedy => counts.greedy += 1,
            }
            let is_asynchronous = self.facts.is_asynchronous[self.scene.children[child].kind as usize];
            let edges = self.scene.edges_of(child).iter();
            let candidates = edges.filter(|edge| is_asynchronous || !edge.is_relaxed).count();
            out.push(Decision {
                child: place,
                candidates: candidates as u32,
                parent: (link != NONE).then(|| self.scene.parent_keys[link as usize]),
                confidence: confidence::of(
                    if is_plain { Method::Greedy } else { method },
                    self.solver.marginal[child] * self.choices.mass[child],
                ),
                method,
            });
        }
    }

    /// Learns the decided lists of parents that get no more children.
    fn learn_decided(&mut self, model: &mut Model, layout: Layout, end: i32) {
        self.lists.gather(self.scene.parents.len(), &self.solver.links);
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
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.scene.memory_bytes()
            + self.automaton.memory_bytes()
            + self.base.memory_bytes()
            + self.tally.memory_bytes()
            + self.frozen.memory_bytes()
            + self.choices.memory_bytes()
            + self.solver.memory_bytes()
            + self.fixed.memory_bytes()
            + self.lists.memory_bytes()
            + of_vec(&self.fixed_links)
            + of_vec(&self.order)
            + of_vec(&self.met)
            + of_vec(&self.facts.is_asynchronous)
            + of_vec(&self.facts.ln_null)
    }
}
