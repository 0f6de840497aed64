//! The exact solver against all assignments, one after the other, and changed lists against lists made anew.

use proptest::prelude::*;

use super::automaton::Automaton;
use super::children::Lists;
use super::choices::{Choices, KindFacts};
use super::components::Components;
use super::effort::{self, Cost};
use super::exact::{Answer, Exact};
use super::frozen::Frozen;
use super::judge::Judge;
use super::kept::Kept;
use super::lattice::Question;
use super::layout::{Kinds, Layout};
use super::lists::{Change, MovingLists};
use super::order::MIN_ORDER;
use super::random::Random;
use super::scene::{Scene, NONE};
use super::tally::{is_fan_out, Tally};
use super::{Leg, Window};

const WINDOW: Window = Window { begin_ms: 0, end_ms: 1_000, visible_ms: 1_000 };
const UNLIMITED: effort::Limits = effort::Limits { subsets: 10_000, transitions: 1_000_000 };

/// A few calls with a model that was made of some of their links.
struct Case {
    scene: Scene,
    choices: Choices,
    automaton: Automaton,
    frozen: Frozen,
    fixed: Lists,
    fixed_links: Vec<u32>,
    order: Vec<f32>,
    layout: Layout,
}

impl Case {
    fn new(parents: &[Leg], children: &[Leg], null: f32, order: f32) -> Self {
        let (mut scene, mut callers, mut callees) = (Scene::default(), Kinds::default(), Kinds::default());
        scene.fill(WINDOW, &Kept::default(), &mut callers, &mut callees, parents, children);
        scene.sweep();
        let layout = Layout { callers: callers.peers().len(), callees: callees.peers().len() };
        let (mut automaton, mut tally, mut frozen) =
            (Automaton::default(), Tally::default(), Frozen::default());
        automaton.reset(layout);
        tally.reset(layout);
        for (place, parent) in scene.parents.iter().enumerate() {
            let own: Vec<u32> = (0..scene.children.len() as u32)
                .filter(|&child| {
                    scene.edges_of(child as usize).first().is_some_and(|edge| edge.parent as usize == place)
                })
                .collect();
            tally.add_list(&mut automaton, parent, &own, &scene.children, 3.0);
        }
        frozen.freeze(&tally, &mut automaton, 1.0);
        let facts =
            KindFacts { is_asynchronous: vec![false; layout.callees], ln_null: vec![null; layout.callees] };
        let mut choices = Choices::default();
        choices.prune(&scene, &mut frozen, &facts, 8);
        let fixed_links: Vec<u32> = (0..scene.children.len())
            .map(|child| match choices.of(child) {
                [only] if !choices.is_ambiguous(child) => only.parent,
                _ => NONE,
            })
            .collect();
        let mut fixed = Lists::default();
        fixed.gather(scene.parents.len(), &fixed_links);
        let order = vec![order; layout.pairs()];
        Self { scene, choices, automaton, frozen, fixed, fixed_links, order, layout }
    }

    fn judge(&mut self) -> (Judge<'_>, &Choices) {
        let judge = Judge {
            layout: self.layout,
            parents: &self.scene.parents,
            children: &self.scene.children,
            fixed: &self.fixed,
            automaton: &mut self.automaton,
            frozen: &mut self.frozen,
            order: &self.order,
            scored: 0,
        };
        (judge, &self.choices)
    }
}

/// The log of an assignment's weight.
fn score(judge: &mut Judge<'_>, choices: &Choices, parents: &[u32], children: &[u32], links: &[u32]) -> f64 {
    let mut sum = 0.0;
    let mut follows = vec![false; judge.children.len()];
    for &parent in parents {
        let fixed = judge.fixed.of(parent as usize).iter().copied();
        let own = children.iter().copied().filter(|&child| links[child as usize] == parent);
        let mut list: Vec<u32> = fixed.chain(own).collect();
        list.sort_unstable();
        let mut cursor = judge.begin(parent);
        for (place, &child) in list.iter().enumerate() {
            let term = judge.take(parent, &list[..place], child, &mut cursor);
            follows[child as usize] = is_fan_out(judge.layout, term.reference);
        }
        sum += f64::from(judge.finish(parent, &cursor));
    }
    for &child in children {
        let parent = links[child as usize];
        if parent == NONE {
            sum += f64::from(choices.null[child as usize]);
        } else if follows[child as usize] && judge.order_of(parent, child) > MIN_ORDER {
            let overtaken =
                children.iter().filter(|&&other| overtakes(judge, choices, links, child, other)).count();
            sum -= f64::from(judge.order_of(parent, child)) * overtaken as f64;
        }
    }
    sum
}

/// Whether a child was taken before another of its kind that started earlier at an earlier parent.
fn overtakes(judge: &Judge<'_>, choices: &Choices, links: &[u32], child: u32, other: u32) -> bool {
    let (parent, other_parent) = (links[child as usize], links[other as usize]);
    let (own, call) = (&judge.children[child as usize], &judge.children[other as usize]);
    let start = |parent: u32| judge.parents[parent as usize].start;
    let of = choices.of(other as usize);
    other_parent != NONE
        && other_parent < parent
        && call.kind == own.kind
        && call.start > own.start
        && of.last().is_some_and(|choice| choice.parent >= parent)
        && !of.iter().any(|choice| choice.parent < parent && start(choice.parent) == start(parent))
}

/// Every assignment of these children with its score.
fn all(case: &mut Case, parents: &[u32], children: &[u32]) -> Vec<(Vec<u32>, f64)> {
    let mut links = vec![case.fixed_links.clone()];
    for &child in children {
        let mut ways: Vec<u32> = case.choices.of(child as usize).iter().map(|choice| choice.parent).collect();
        if case.choices.null[child as usize] > f32::NEG_INFINITY {
            ways.push(NONE);
        }
        links = links
            .into_iter()
            .flat_map(|links| {
                ways.iter().map(move |&way| {
                    let mut links = links.clone();
                    links[child as usize] = way;
                    links
                })
            })
            .collect();
    }
    let (mut judge, choices) = case.judge();
    links
        .into_iter()
        .map(|links| {
            let score = score(&mut judge, choices, parents, children, &links);
            (links, score)
        })
        .collect()
}

fn legs(
    count: usize,
    peers: u64,
    spread: i64,
    long: i64,
    first_key: u128,
) -> impl Strategy<Value = Vec<Leg>> {
    prop::collection::vec((0..spread, 0..long, 0..peers), 1..count).prop_map(move |times| {
        let leg = |(n, (start_ms, duration, peer)): (usize, (i64, i64, u64))| Leg {
            start_ms,
            end_ms: start_ms + duration,
            peer,
            key: first_key + n as u128,
        };
        times.into_iter().enumerate().map(leg).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_exact_solver_finds_the_best_assignment_and_true_marginals(
        parents in legs(5, 2, 20, 60, 0),
        children in legs(7, 2, 40, 20, 100),
        null in prop::sample::select(vec![-30f32, -6.0]),
        order in prop::sample::select(vec![0f32, 1.5]),
    ) {
        let mut case = Case::new(&parents, &children, null, order);
        let mut components = Components::default();
        components.find(&case.scene, &case.choices, &case.fixed_links);
        for part in 0..components.len() {
            let (parents, children) = (components.parents(part), components.children(part));
            let all = all(&mut case, parents, children);
            let most = all.iter().map(|(_, score)| *score).fold(f64::MIN, f64::max);
            let total: f64 = all.iter().map(|(_, score)| (score - most).exp()).sum();

            let count = case.scene.children.len();
            let (mut best, mut marginal) = (case.fixed_links.clone(), vec![1f32; count]);
            let (mut judge, choices) = case.judge();
            let question = Question { parents, children, choices, beta: 1.0, limits: UNLIMITED };
            let mut answer = Answer { best: &mut best, marginal: &mut marginal, tally: None };
            let mut exact = Exact::default();
            let mut cost = Cost::default();
            prop_assert!(exact.solve(&mut judge, &question, &mut Random::new(1), &mut answer, &mut cost));
            let found = score(&mut judge, choices, parents, children, &best);
            prop_assert!((found - most).abs() < 1e-3, "{found} where {most} is possible");
            for &child in children {
                let with = all.iter().filter(|(links, _)| links[child as usize] == best[child as usize]);
                let p = with.map(|(_, score)| (score - most).exp()).sum::<f64>() / total;
                let told = f64::from(marginal[child as usize]);
                prop_assert!((told - p).abs() < 1e-3, "{told} where {p} is right");
            }
        }
    }

    #[test]
    fn a_changed_list_scores_as_much_as_the_same_list_made_anew(
        parents in legs(3, 2, 20, 400, 0),
        children in legs(30, 3, 200, 60, 100),
        begins_in in prop::collection::vec(any::<bool>(), 30),
        comes in prop::collection::vec(any::<bool>(), 30),
        range in (0usize..30, 0usize..5),
    ) {
        let mut case = Case::new(&parents, &children, -6.0, 0.0);
        case.fixed.gather(case.scene.parents.len(), &vec![NONE; case.scene.children.len()]);
        let (mut judge, _) = case.judge();
        let mut lists = MovingLists::default();
        lists.begin(&judge, std::iter::once(0));
        let all = 0..judge.children.len() as u32;
        all.clone().filter(|&child| begins_in[child as usize]).for_each(|child| lists.insert(0, child));
        lists.rescore(&mut judge);
        let old = lists.children(0).to_vec();
        let from = range.0.min(old.len());
        let rest = (from + range.1).min(old.len());
        let above = from.checked_sub(1).map_or(0, |place| old[place] + 1);
        let below = old.get(rest).copied().unwrap_or(u32::MAX);
        let fits = |child: &u32| (above..below).contains(child) && comes[*child as usize];
        let others: Vec<u32> = all.filter(fits).take(4).collect();
        let (score, follows) = lists.score_with(&mut judge, 0, Change { from, rest }, &others);
        let anew = [&old[..from], &others[..], &old[rest..]].concat();
        let (mut cursor, mut first) = (judge.begin(0), false);
        for (place, &child) in anew.iter().enumerate() {
            let term = judge.take(0, &anew[..place], child, &mut cursor);
            first |= place == from && is_fan_out(judge.layout, term.reference);
        }
        prop_assert_eq!((score, follows), (judge.finish(0, &cursor), first));
    }
}
