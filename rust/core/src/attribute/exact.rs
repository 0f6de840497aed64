//! The exact solver of a small part: over all assignments at once, parent by parent.

use super::effort::Cost;
use super::judge::Judge;
use super::lattice::{Lattice, Question, SLOTS};
use super::random::Random;
use super::scene::NONE;
use super::tally::Tally;
use crate::memory::of_vec;

/// States that are kept, once there are more than twice as many.
const BEAM: usize = 128;
/// Posterior of a list from which on it teaches.
const TEACHES: f64 = 0.02;

/// Which of the children that hold slots have got a parent, and what is known of that.
#[derive(Debug, Clone, Copy)]
struct State {
    mask: u16,
    /// The subset that led here on the best way, and where from.
    taken: u8,
    from: u32,
    /// Sum over all ways that lead here.
    sum: f64,
    /// Log of the best of them.
    best: f32,
    /// Sum over all ways from here to the end.
    rest: f64,
    /// The end of its ways in `ways`; they begin where those of the state before it end.
    ways_end: u32,
}

/// A way from a state to one behind the next parent, as it was found on the way forward.
#[derive(Debug, Clone, Copy)]
struct WayOn {
    weight: f64,
    /// The state, [`NONE`] if it was not kept.
    next: u32,
    subset: u8,
}

/// Where the answers go, by child. Only those of the part are touched.
pub struct Answer<'a> {
    /// The parent on the best way, [`NONE`] for none.
    pub best: &'a mut [u32],
    /// The probability of that.
    pub marginal: &'a mut [f32],
    /// Expected counts, if they are asked for. Then `best` is a sample of the posterior.
    pub tally: Option<&'a mut Tally>,
}

/// The solver's memory, used again from part to part.
#[derive(Debug, Default)]
pub struct Exact {
    lattice: Lattice,
    states: Vec<State>,
    ways: Vec<WayOn>,
    /// Where the states before each parent begin, then those at the end, then their end.
    begins: Vec<usize>,
    find: Finder,
    valued: Vec<(f32, u32, State)>,
    moved: Vec<u32>,
    posterior: Vec<f64>,
    list: Vec<u32>,
}

/// Finds the states behind a parent by their masks.
#[derive(Debug, Default)]
struct Finder {
    places: Vec<(u32, u32)>,
    round: u32,
}

impl Finder {
    fn begin(&mut self) {
        if self.places.is_empty() || self.round == u32::MAX {
            self.places.clear();
            self.places.resize(1 << SLOTS, (0, 0));
            self.round = 0;
        }
        self.round += 1;
    }

    #[inline]
    fn get(&self, mask: u16) -> Option<usize> {
        let (round, place) = self.places[mask as usize];
        (round == self.round).then_some(place as usize)
    }

    #[inline]
    fn set(&mut self, mask: u16, place: usize) {
        self.places[mask as usize] = (self.round, place as u32);
    }
}

impl Exact {
    /// Decides a part, if it is small enough: false if it is not, and nothing was answered.
    pub fn solve(
        &mut self,
        judge: &mut Judge<'_>,
        question: &Question<'_>,
        random: &mut Random,
        answer: &mut Answer<'_>,
        cost: &mut Cost,
    ) -> bool {
        if !self.lattice.lay_out(judge, question) {
            return false;
        }
        cost.lists += self.lattice.score(judge, question) as u64;
        if !self.forward(question, cost) {
            return false;
        }
        for &child in question.children {
            answer.best[child as usize] = NONE;
            answer.marginal[child as usize] = 1.0;
        }
        if answer.tally.is_none() {
            self.trace_best(answer);
        }
        self.backward(judge, question, answer);
        if answer.tally.is_some() {
            self.sample(random, answer);
        }
        true
    }

    fn forward(&mut self, question: &Question<'_>, cost: &mut Cost) -> bool {
        let limit = cost.transitions + question.limits.transitions * question.children.len() as u64;
        self.states.clear();
        self.states.push(State { mask: 0, taken: 0, from: 0, sum: 1.0, best: 0.0, rest: 0.0, ways_end: 0 });
        self.ways.clear();
        self.begins.clear();
        self.begins.push(0);
        for place in 0..question.parents.len() {
            let Self { lattice, states, ways, begins, find, .. } = self;
            find.begin();
            let (from, to) = (begins[place], states.len());
            let first_way = ways.len();
            begins.push(to);
            for index in from..to {
                let state = states[index];
                lattice.each_way(place, question.beta, state.mask, |way| {
                    let best = state.best + way.ln_weight;
                    let sum = state.sum * way.weight;
                    let (taken, from) = (way.subset as u8, index as u32);
                    let next = find.get(way.mask).unwrap_or(states.len());
                    ways.push(WayOn { weight: way.weight, next: next as u32, subset: taken });
                    if let Some(next) = states.get_mut(next) {
                        next.sum += sum;
                        if best > next.best {
                            (next.best, next.from, next.taken) = (best, from, taken);
                        }
                    } else {
                        find.set(way.mask, next);
                        states.push(State { mask: way.mask, taken, from, sum, best, rest: 0.0, ways_end: 0 });
                    }
                });
                states[index].ways_end = ways.len() as u32;
                if cost.transitions + (ways.len() as u64) > limit {
                    cost.transitions += ways.len() as u64;
                    return false;
                }
            }
            if states.len() - to > 2 * BEAM {
                self.keep_best(place, to, first_way);
            }
            rescale(&mut self.states[to..]);
        }
        cost.transitions += self.ways.len() as u64;
        self.begins.push(self.states.len());
        true
    }

    /// Keeps the best of the states from `to` on, which ways from `first_way` on lead to.
    fn keep_best(&mut self, place: usize, to: usize, first_way: usize) {
        let Self { lattice, states, ways, valued, moved, .. } = self;
        moved.clear();
        moved.resize(states.len() - to, NONE);
        valued.clear();
        for (number, state) in states.drain(to..).enumerate() {
            valued.push((state.best + lattice.gain_ahead(place, state.mask), number as u32, state));
        }
        valued.sort_unstable_by(|(a, _, a_state), (b, _, b_state)| {
            b.total_cmp(a).then(a_state.mask.cmp(&b_state.mask))
        });
        for &(_, number, state) in valued.iter().take(BEAM) {
            moved[number as usize] = states.len() as u32;
            states.push(state);
        }
        for way in &mut ways[first_way..] {
            way.next = moved[way.next as usize - to];
        }
    }

    /// The ways on from a state.
    fn ways_of(&self, state: usize) -> &[WayOn] {
        let begin = state.checked_sub(1).map_or(0, |before| self.states[before].ways_end);
        &self.ways[begin as usize..self.states[state].ways_end as usize]
    }

    /// Follows the best way back.
    fn trace_best(&self, answer: &mut Answer<'_>) {
        let mut at = self.states.len() - 1;
        for step in self.lattice.steps().iter().rev() {
            let State { taken, from, .. } = self.states[at];
            for (bit, &child) in step.children.iter().enumerate() {
                if taken >> bit & 1 == 1 {
                    answer.best[child as usize] = step.parent;
                }
            }
            at = from as usize;
        }
    }

    /// Goes back over all ways: the marginals, and what the lists teach.
    fn backward(&mut self, judge: &mut Judge<'_>, question: &Question<'_>, answer: &mut Answer<'_>) {
        if let Some(end) = self.states.last_mut() {
            end.rest = 1.0;
        }
        for place in (0..question.parents.len()).rev() {
            let step = &self.lattice.steps()[place];
            let mut posterior = std::mem::take(&mut self.posterior);
            posterior.clear();
            posterior.resize(1 << step.children.len(), 0.0);
            let mut most = 0f64;
            for index in self.begins[place]..self.begins[place + 1] {
                let sum = self.states[index].sum;
                let mut rest = 0.0;
                for way in self.ways_of(index) {
                    if let Some(next) = self.states.get(way.next as usize) {
                        let value = way.weight * next.rest;
                        rest += value;
                        posterior[way.subset as usize] += sum * value;
                    }
                }
                self.states[index].rest = rest;
                most = most.max(rest);
            }
            for state in &mut self.states[self.begins[place]..self.begins[place + 1]] {
                state.rest /= most.max(f64::MIN_POSITIVE);
            }
            let total: f64 = posterior.iter().sum();
            let scale = 1.0 / total.max(f64::MIN_POSITIVE);
            posterior.iter_mut().for_each(|p| *p *= scale);
            self.posterior = posterior;
            self.answer_step(place, judge, answer);
        }
    }

    fn answer_step(&mut self, place: usize, judge: &mut Judge<'_>, answer: &mut Answer<'_>) {
        let step = &self.lattice.steps()[place];
        for (bit, &child) in step.children.iter().enumerate() {
            let with = self.posterior.iter().enumerate().filter(|(subset, _)| subset >> bit & 1 == 1);
            let p: f64 = with.map(|(_, p)| p).sum();
            match answer.best[child as usize] {
                NONE => answer.marginal[child as usize] -= p as f32,
                parent if parent == step.parent => answer.marginal[child as usize] = p as f32,
                _ => {}
            }
        }
        let parent = &judge.parents[step.parent as usize];
        let Some(tally) = answer.tally.as_deref_mut().filter(|_| parent.teaches()) else {
            return;
        };
        for (subset, &p) in self.posterior.iter().enumerate().filter(|(_, &p)| p > TEACHES) {
            self.list.clear();
            self.list.extend_from_slice(judge.fixed.of(step.parent as usize));
            let taken = step.children.iter().enumerate().filter(|(bit, _)| subset >> bit & 1 == 1);
            self.list.extend(taken.map(|(_, &child)| child));
            self.list.sort_unstable();
            tally.add_list(judge.automaton, parent, &self.list, judge.children, p as f32);
        }
    }

    /// Draws one way by its probability.
    fn sample(&self, random: &mut Random, answer: &mut Answer<'_>) {
        let mut at = 0;
        for step in self.lattice.steps() {
            let kept =
                || self.ways_of(at).iter().filter_map(|way| Some((way, self.states.get(way.next as usize)?)));
            let value = |(way, next): (&WayOn, &State)| way.weight * next.rest;
            let mut left = random.unit() * kept().map(value).sum::<f64>();
            let drawn = kept().find(|&way| {
                left -= value(way);
                left < 0.0
            });
            let Some((way, _)) = drawn.or_else(|| kept().next_back()) else {
                return;
            };
            for (bit, &child) in step.children.iter().enumerate() {
                if way.subset >> bit & 1 == 1 {
                    answer.best[child as usize] = step.parent;
                }
            }
            at = way.next as usize;
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.lattice.memory_bytes()
            + of_vec(&self.states)
            + of_vec(&self.ways)
            + of_vec(&self.begins)
            + of_vec(&self.find.places)
            + of_vec(&self.valued)
            + of_vec(&self.moved)
            + of_vec(&self.posterior)
            + of_vec(&self.list)
    }
}

/// Brings sums and best values back to where they began: only their relation counts.
fn rescale(states: &mut [State]) {
    let most = states.iter().map(|state| state.sum).fold(f64::MIN_POSITIVE, f64::max);
    let best = states.iter().map(|state| state.best).fold(f32::MIN, f32::max);
    for state in states {
        state.sum /= most;
        state.best -= best;
    }
}
