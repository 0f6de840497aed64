//! The begin of a model: what a window says of links that are taken as independent of one another.

use super::automaton::Automaton;
use super::choices::{null_weight, KindFacts};
use super::frozen::Frozen;
use super::math::exp;
use super::scene::Scene;
use super::tally::Tally;

const ROUNDS: usize = 4;
/// Links that are looked at; of more calls only a share is.
const MAX_EDGES: usize = 100_000;

/// Learns the distances between the ends of links, from counts that are known. If there are none, all links of a child
/// weigh the same at first (`is_uniform`). `tally` and `frozen` hold the result.
pub fn learn_links(
    scene: &Scene,
    facts: &KindFacts,
    known: &Tally,
    mut is_uniform: bool,
    automaton: &mut Automaton,
    tally: &mut Tally,
    frozen: &mut Frozen,
) {
    let stride = scene.edges.len().div_ceil(MAX_EDGES).max(1);
    let mut weights = Vec::new();
    frozen.freeze(known, automaton, 1.0);
    for _ in 0..ROUNDS {
        tally.copy_from(known);
        for (index, child) in scene.children.iter().enumerate().step_by(stride) {
            let edges = scene.edges_of(index);
            weights.clear();
            let kind = child.kind as usize;
            let mut most = f32::MIN;
            let mut null = f32::MIN;
            for edge in edges {
                let parent = &scene.parents[edge.parent as usize];
                let weight = if edge.is_relaxed && !facts.is_asynchronous[kind] {
                    f32::NEG_INFINITY
                } else if is_uniform {
                    0.0
                } else {
                    null = null.max(null_weight(facts.ln_null[kind], parent.end - child.end));
                    frozen.ln_link(parent, child)
                };
                most = most.max(weight);
                weights.push(weight);
            }
            most = most.max(null);
            let sum: f64 = weights.iter().map(|&weight| exp(f64::from(weight - most))).sum::<f64>()
                + exp(f64::from(null - most));
            for (edge, &weight) in edges.iter().zip(&weights) {
                let share = (exp(f64::from(weight - most)) / sum) as f32;
                if share > 1e-3 {
                    tally.add_link(&scene.parents[edge.parent as usize], child, share * stride as f32);
                }
            }
        }
        is_uniform = false;
        frozen.freeze(tally, automaton, 1.0);
    }
}
