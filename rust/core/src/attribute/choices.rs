//! The parents among which a child is decided: those that are likely enough by themselves.

use super::bins::{bin, LN_WIDTH, PRIOR};
use super::frozen::Frozen;
use super::math::{exp, ln};
use super::scene::{Scene, NONE};
use crate::memory::of_vec;

/// How much less likely than the best one a parent may be, nats.
const RANGE: f32 = 12.0;
/// The same for no parent at all.
pub const NULL_RANGE: f32 = 10.0;

/// A parent that a child may get, with the log density of the link alone.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    pub parent: u32,
    pub weight: f32,
}

/// The choices of all children.
#[derive(Debug, Default)]
pub struct Choices {
    begins: Vec<u32>,
    all: Vec<Choice>,
    /// Log rate of children without parent for each child; minus infinity if it must have one.
    pub null: Vec<f32>,
    /// The probability of what was left, by the links alone.
    pub mass: Vec<f32>,
    found: Vec<Choice>,
}

/// What is known of the kinds of children before a window is decided.
#[derive(Debug, Clone, Default)]
pub struct KindFacts {
    /// Outlives its parent.
    pub is_asynchronous: Vec<bool>,
    /// Log of the rate of those without parent, per ms.
    pub ln_null: Vec<f32>,
}

impl Choices {
    /// Keeps the `max` best parents of each child that are likely enough.
    pub fn prune(&mut self, scene: &Scene, frozen: &mut Frozen, facts: &KindFacts, max: usize) {
        self.begins.clear();
        self.all.clear();
        self.null.clear();
        self.mass.clear();
        for (index, child) in scene.children.iter().enumerate() {
            self.begins.push(self.all.len() as u32);
            self.found.clear();
            let kind = child.kind as usize;
            for edge in scene.edges_of(index) {
                if !edge.is_relaxed || facts.is_asynchronous[kind] {
                    let weight = frozen.ln_link(&scene.parents[edge.parent as usize], child);
                    self.found.push(Choice { parent: edge.parent, weight });
                }
            }
            let null = facts.ln_null[kind];
            let best = self.found.iter().map(|choice| choice.weight).fold(f32::MIN, f32::max);
            let before = self.all.len();
            let kept_null = null > best - NULL_RANGE;
            if self.found.len() > max {
                // Of equals the newest stays.
                self.found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
            }
            for &choice in self.found.iter().take(max).filter(|choice| choice.weight >= best - RANGE) {
                self.all.push(choice);
            }
            self.all[before..].sort_unstable_by_key(|choice| choice.parent);
            let sum = |choices: &[Choice]| -> f64 {
                choices.iter().map(|choice| exp(f64::from(choice.weight - best))).sum()
            };
            let kept = self.all.len() - before;
            let mass =
                if kept == self.found.len() { 1.0 } else { sum(&self.all[before..]) / sum(&self.found) };
            self.mass.push(mass as f32);
            self.null.push(if kept_null || kept == 0 { null } else { f32::NEG_INFINITY });
        }
        self.begins.push(self.all.len() as u32);
    }

    /// Notes for so many children that none of their choices was left out.
    pub fn leave_nothing_out(&mut self, children: usize) {
        self.mass.clear();
        self.mass.resize(children, 1.0);
    }

    /// The choices of a child, in order of the parents' starts.
    #[inline]
    pub fn of(&self, child: usize) -> &[Choice] {
        &self.all[self.begins[child] as usize..self.begins[child + 1] as usize]
    }

    /// Where the choices of a child stand among all.
    #[inline]
    pub fn range(&self, child: usize) -> std::ops::Range<usize> {
        self.begins[child] as usize..self.begins[child + 1] as usize
    }

    /// How many choices there are in all.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// How many choices an ambiguous child has on average.
    pub fn mean_choices(&self) -> f64 {
        let ambiguous = (0..self.null.len()).filter(|&child| self.is_ambiguous(child));
        let (children, choices) =
            ambiguous.fold((0, 0), |(n, sum), child| (n + 1, sum + self.of(child).len()));
        choices as f64 / f64::from(children.max(1))
    }

    /// Whether there is more than one way to decide a child.
    pub fn is_ambiguous(&self, child: usize) -> bool {
        let choices = self.of(child).len();
        choices > 1 || choices == 1 && self.null[child] > f32::NEG_INFINITY
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.begins)
            + of_vec(&self.all)
            + of_vec(&self.null)
            + of_vec(&self.mass)
            + of_vec(&self.found)
    }
}

/// The weight of having no parent, to be compared with that of a link: its end is then anywhere.
pub fn null_weight(ln_null: f32, end_gap: i32) -> f32 {
    let bin = bin(end_gap);
    ln_null + ln(f64::from(PRIOR[bin])) as f32 - LN_WIDTH[bin]
}

/// The probability of a child's link by the weights of its choices alone.
pub fn softmax(scene: &Scene, choices: &Choices, child: usize, link: u32) -> f32 {
    let of = choices.of(child);
    let best = of.iter().copied().max_by(|a, b| a.weight.total_cmp(&b.weight));
    let Some(best) = best else { return 1.0 };
    let end_gap = scene.parents[best.parent as usize].end - scene.children[child].end;
    let null = null_weight(choices.null[child], end_gap);
    let most = best.weight.max(null);
    let share = |weight: f32| exp(f64::from(weight - most));
    let chosen = of.iter().find(|choice| choice.parent == link).map_or(null, |choice| choice.weight);
    (share(chosen) / (of.iter().map(|choice| share(choice.weight)).sum::<f64>() + share(null))) as f32
}

/// The best of `choices`, by the links alone, one child of a kind for each parent, then two, and so on:
/// fills `links` for the children that are [`NONE`] there.
pub fn greedy(scene: &Scene, choices: &Choices, callees: usize, links: &mut [u32]) {
    let mut taken = vec![0u32; scene.parents.len() * callees];
    let mut edges = Vec::new();
    for child in 0..scene.children.len() {
        let kind = scene.children[child].kind as usize;
        if links[child] != NONE {
            taken[links[child] as usize * callees + kind] += 1;
            continue;
        }
        edges.extend(choices.of(child).iter().map(|&choice| (choice, child as u32)));
    }
    edges.sort_by(|(a, a_child), (b, b_child)| {
        b.weight.total_cmp(&a.weight).then((a_child, a.parent).cmp(&(b_child, b.parent)))
    });
    let mut rounds = 1;
    while !edges.is_empty() {
        for &(choice, child) in &edges {
            let at = &scene.children[child as usize];
            let count = &mut taken[choice.parent as usize * callees + at.kind as usize];
            if links[child as usize] != NONE || *count >= rounds {
                continue;
            }
            let end_gap = scene.parents[choice.parent as usize].end - at.end;
            if null_weight(choices.null[child as usize], end_gap) < choice.weight {
                links[child as usize] = choice.parent;
                *count += 1;
            }
        }
        edges.retain(|&(choice, child)| {
            links[child as usize] == NONE
                && taken[choice.parent as usize * callees + scene.children[child as usize].kind as usize]
                    >= rounds
        });
        rounds = if rounds < 4 { rounds + 1 } else { rounds * 2 };
    }
}
