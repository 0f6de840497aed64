//! Decides the parts of a window, each with what its size allows, and counts what they teach.

use super::choices::{greedy, softmax, Choices};
use super::components::Components;
use super::effort::{Cost, Effort, Limits, Sweeps};
use super::exact::{Answer, Exact};
use super::judge::Judge;
use super::lattice::Question;
use super::moves::Moves;
use super::random::Random;
use super::sampler::Sampler;
use super::scene::Scene;
use super::tally::Tally;
use super::Method;
use crate::memory::of_vec;

/// The parts of a window and how they stand.
#[derive(Debug, Default)]
pub struct Solver {
    components: Components,
    exact: Exact,
    sampler: Sampler,
    /// How each part is decided.
    methods: Vec<Method>,
    /// Whether each parent is in a part.
    in_part: Vec<bool>,
    /// The parents and children of the parts that are left to the sampler.
    sampled_parents: Vec<u32>,
    sampled_children: Vec<u32>,
    greedy_links: Vec<u32>,
    /// The parent of each child, as far as is known.
    pub links: Vec<u32>,
    /// The probability of each link that was decided.
    pub marginal: Vec<f32>,
}

impl Solver {
    /// Takes up a window: `fixed` are the links that are not in question.
    pub fn begin(
        &mut self,
        scene: &Scene,
        choices: &Choices,
        fixed: &[u32],
        callees: usize,
        effort: &Effort,
    ) {
        self.components.find(scene, choices, fixed);
        self.methods.clear();
        let method = if effort.is_none() { Method::Greedy } else { Method::Exact };
        self.methods.resize(self.components.len(), method);
        self.in_part.clear();
        self.in_part.resize(scene.parents.len(), false);
        for part in 0..self.components.len() {
            for &parent in self.components.parents(part) {
                self.in_part[parent as usize] = true;
            }
        }
        self.greedy_links.clear();
        self.greedy_links.extend_from_slice(fixed);
        greedy(scene, choices, callees, &mut self.greedy_links);
        self.links.clone_from(&self.greedy_links);
        self.marginal.clear();
        self.marginal.resize(self.links.len(), 1.0);
    }

    /// Takes up a window that is decided already, in no parts.
    pub fn begin_decided(&mut self, decide: impl FnOnce(&mut Vec<u32>, &mut Vec<f32>)) {
        self.components.clear();
        self.methods.clear();
        decide(&mut self.links, &mut self.marginal);
    }

    /// Adds the lists of parents that are in no part.
    pub fn count_fixed(&self, judge: &mut Judge<'_>, tally: &mut Tally) {
        for (place, parent) in judge.parents.iter().enumerate() {
            if parent.teaches() && !self.in_part[place] {
                tally.add_list(judge.automaton, parent, judge.fixed.of(place), judge.children, 1.0);
            }
        }
    }

    /// Works the parts that are small enough; the others are left to the sampler from now on.
    pub fn work_small(
        &mut self,
        judge: &mut Judge<'_>,
        choices: &Choices,
        beta: f32,
        limits: Limits,
        random: &mut Random,
        mut tally: Option<&mut Tally>,
    ) -> Cost {
        let mut cost = Cost::default();
        self.sampled_parents.clear();
        self.sampled_children.clear();
        for part in 0..self.components.len() {
            let (parents, children) = (self.components.parents(part), self.components.children(part));
            if self.methods[part] == Method::Exact {
                let question = Question { parents, children, choices, beta, limits };
                let mut answer = Answer {
                    best: &mut self.links,
                    marginal: &mut self.marginal,
                    tally: tally.as_deref_mut(),
                };
                if !self.exact.solve(judge, &question, random, &mut answer, &mut cost) {
                    self.methods[part] = Method::Sampled;
                }
            }
            if self.methods[part] == Method::Sampled {
                self.sampled_parents.extend_from_slice(parents);
                self.sampled_children.extend_from_slice(children);
            }
        }
        self.sampler.begin(judge, &self.sampled_parents, &self.sampled_children, &self.links);
        cost
    }

    /// Whether all parts were small enough.
    pub fn all_small(&self) -> bool {
        self.sampled_children.is_empty()
    }

    /// The sweeps that the sampler may make, if the small parts cost so much.
    pub fn sweeps(&self, choices: &Choices, effort: &Effort, cost: Cost, is_cold: bool) -> Sweeps {
        effort.sweeps(self.sampled_children.len(), self.sampler.sweep_cost(choices), cost, is_cold)
    }

    /// Counts what the large parts teach.
    pub fn sample(
        &mut self,
        judge: &mut Judge<'_>,
        choices: &Choices,
        beta: f32,
        sweeps: usize,
        random: &mut Random,
        tally: &mut Tally,
    ) {
        if !self.all_small() {
            let mut moves = Moves { judge, choices, links: &mut self.links, random };
            self.sampler.expect(&mut moves, sweeps, beta, tally);
        }
    }

    /// Decides the large parts; without sweeps each link by itself.
    pub fn decide_large(
        &mut self,
        scene: &Scene,
        judge: &mut Judge<'_>,
        choices: &Choices,
        sweeps: usize,
        random: &mut Random,
    ) {
        if sweeps > 0 && !self.all_small() {
            let mut moves = Moves { judge, choices, links: &mut self.links, random };
            self.sampler.decide(&mut moves, sweeps, &mut self.marginal);
            return;
        }
        for part in (0..self.components.len()).filter(|&part| self.methods[part] != Method::Exact) {
            for &child in self.components.children(part) {
                let link = self.greedy_links[child as usize];
                self.links[child as usize] = link;
                self.marginal[child as usize] = softmax(scene, choices, child as usize, link);
            }
        }
        for method in self.methods.iter_mut().filter(|method| **method == Method::Sampled) {
            *method = Method::Greedy;
        }
    }

    /// How each child was decided.
    pub fn methods(&self) -> Vec<Method> {
        let mut methods = vec![Method::Only; self.links.len()];
        for (part, &method) in self.methods.iter().enumerate() {
            for &child in self.components.children(part) {
                methods[child as usize] = method;
            }
        }
        methods
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.components.memory_bytes()
            + self.exact.memory_bytes()
            + self.sampler.memory_bytes()
            + of_vec(&self.methods)
            + of_vec(&self.in_part)
            + of_vec(&self.sampled_parents)
            + of_vec(&self.sampled_children)
            + of_vec(&self.greedy_links)
            + of_vec(&self.links)
            + of_vec(&self.marginal)
    }
}
