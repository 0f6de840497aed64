//! Windows in which no child has more than one possible parent, most of those of an address with little to do: each
//! link is decided by itself, by the few counts that it depends on, and the model stays packed.

use super::bins::{bin, Row, BINS, LN_WIDTH, PRIOR};
use super::choices::{null_weight, KindFacts, NULL_RANGE};
use super::math::{exp, ln_f32};
use super::model::{Model, END_GAP, START_GAP};
use super::rows::{smooth_at, BASE};
use super::scene::{Child, Parent, Scene, NONE};

/// Whether a window is one of these.
pub fn is_plain(scene: &Scene) -> bool {
    (0..scene.children.len()).all(|child| scene.edges_of(child).len() <= 1)
}

/// Decides all children of such a window: their parents, [`NONE`] for none, and how likely these are.
pub fn decide(
    scene: &Scene,
    model: &Model,
    facts: &KindFacts,
    links: &mut Vec<u32>,
    marginal: &mut Vec<f32>,
) {
    links.clone_from(&scene.decided);
    marginal.clear();
    marginal.resize(links.len(), 1.0);
    for (index, child) in scene.children.iter().enumerate().filter(|&(index, _)| scene.places[index] != NONE)
    {
        let kind = child.kind as usize;
        let [edge] = scene.edges_of(index) else { continue };
        if edge.is_relaxed && !facts.is_asynchronous[kind] {
            continue;
        }
        let parent = &scene.parents[edge.parent as usize];
        let link = ln_link(model, parent, child);
        let null = facts.ln_null[kind];
        let against = if null > link - NULL_RANGE {
            exp(f64::from(null_weight(null, parent.end - child.end) - link)) as f32
        } else {
            0.0
        };
        let p = 1.0 / (1.0 + against);
        (links[index], marginal[index]) = if p >= 0.5 { (edge.parent, p) } else { (NONE, 1.0 - p) };
    }
}

/// Log density of a child's start behind the parent's plus that of its end before the parent's.
fn ln_link(model: &Model, parent: &Parent, child: &Child) -> f32 {
    ln_density(model, START_GAP, parent.kind, child.kind, bin(child.start - parent.start))
        + ln_density(model, END_GAP, parent.kind, child.kind, bin(parent.end - child.end))
}

fn ln_density(model: &Model, table: usize, caller: u8, callee: u8, bin: usize) -> f32 {
    let (mut own, mut pooled): (Row, Row) = ([0.0; BINS], [0.0; BINS]);
    let (mut has_own, mut has_any) = (false, false);
    let unit = model.unit();
    for histogram in model.tables[table].iter().filter(|histogram| histogram.key.1 == callee) {
        has_any = true;
        has_own |= histogram.key.0 == caller;
        for &(bin, count) in &histogram.counts {
            let count = count as f32 * unit;
            pooled[bin as usize] += count;
            if histogram.key.0 == caller {
                own[bin as usize] = count;
            }
        }
    }
    let mut p = PRIOR[bin];
    if has_any {
        p = smooth_at(&pooled, bin, p);
    }
    if has_own {
        p = smooth_at(&own, bin, p);
    }
    ln_f32((1.0 - BASE) * p + BASE * PRIOR[bin]) - LN_WIDTH[bin]
}

#[cfg(test)]
mod tests {
    use super::super::automaton::Automaton;
    use super::super::frozen::Frozen;
    use super::super::tally::Tally;
    use super::*;

    #[test]
    fn links_weigh_as_much_as_by_the_model_laid_out() {
        let mut model = Model::default();
        [10, 20].into_iter().for_each(|peer| _ = model.callers.number(peer, 8));
        [1, 2, 3].into_iter().for_each(|peer| _ = model.callees.number(peer, 8));
        let layout = model.layout();
        let (mut automaton, mut tally) = (Automaton::default(), Tally::default());
        automaton.reset(layout);
        tally.reset(layout);
        let parent = |kind| Parent { start: 0, end: 400, kind, is_open: false, is_learned: false };
        for n in 0..40 {
            let child = Child { start: 3 + n % 7, end: 60 + n * 9, kind: (n % 2) as u8 };
            tally.add_list(&mut automaton, &parent((n % 3 / 2) as u8), &[0], &[child], 1.0);
        }
        model.learn(&automaton, &tally, 40);
        let mut known = Tally::default();
        known.reset(layout);
        automaton.reset(layout);
        model.thaw(&vec![true; layout.callees], &mut automaton, &mut known);
        let mut frozen = Frozen::default();
        frozen.freeze(&known, &mut automaton, 1.0);
        for caller in 0..2 {
            for kind in 0..3 {
                for child in [(4, 70), (4, 300), (200, 399)].map(|(start, end)| Child { start, end, kind }) {
                    let plain = ln_link(&model, &parent(caller), &child);
                    let laid_out = frozen.ln_link(&parent(caller), &child);
                    assert!((plain - laid_out).abs() < 1e-4, "{plain} {laid_out}");
                }
            }
        }
    }
}
