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
    /// Where the states before each parent begin, then those at the end, then their end.
    begins: Vec<usize>,
    find: Finder,
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
            self.sample(question, random, answer);
        }
        true
    }

    fn forward(&mut self, question: &Question<'_>, cost: &mut Cost) -> bool {
        let limit = cost.transitions + question.limits.transitions * question.children.len() as u64;
        let Self { lattice, states, begins, find, .. } = self;
        states.clear();
        states.push(State { mask: 0, taken: 0, from: 0, sum: 1.0, best: 0.0, rest: 0.0 });
        begins.clear();
        begins.push(0);
        for place in 0..question.parents.len() {
            find.begin();
            let (from, to) = (begins[place], states.len());
            begins.push(to);
            for index in from..to {
                let state = states[index];
                lattice.each_way(place, question.beta, state.mask, |way| {
                    cost.transitions += 1;
                    let best = state.best + way.ln_weight;
                    let sum = state.sum * way.weight;
                    let (taken, from) = (way.subset as u8, index as u32);
                    if let Some(found) = find.get(way.mask) {
                        let next = &mut states[found];
                        next.sum += sum;
                        if best > next.best {
                            (next.best, next.from, next.taken) = (best, from, taken);
                        }
                    } else {
                        find.set(way.mask, states.len());
                        states.push(State { mask: way.mask, taken, from, sum, best, rest: 0.0 });
                    }
                });
                if cost.transitions > limit {
                    return false;
                }
            }
            if states.len() - to > 2 * BEAM {
                let value = |state: &State| state.best + lattice.gain_ahead(place, state.mask);
                let mut valued: Vec<_> = states.drain(to..).map(|state| (value(&state), state)).collect();
                valued.sort_by(|(a, a_state), (b, b_state)| {
                    b.total_cmp(a).then(a_state.mask.cmp(&b_state.mask))
                });
                states.extend(valued.into_iter().take(BEAM).map(|(_, state)| state));
            }
            rescale(&mut states[to..]);
        }
        begins.push(states.len());
        true
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
            self.index_behind(place);
            let step = &self.lattice.steps()[place];
            self.posterior.clear();
            self.posterior.resize(1 << step.children.len(), 0.0);
            let mut most = 0f64;
            for index in self.begins[place]..self.begins[place + 1] {
                let State { mask, sum, .. } = self.states[index];
                let mut rest = 0.0;
                self.lattice.each_way(place, question.beta, mask, |way| {
                    if let Some(next) = self.find.get(way.mask) {
                        let value = way.weight * self.states[next].rest;
                        rest += value;
                        self.posterior[way.subset] += sum * value;
                    }
                });
                self.states[index].rest = rest;
                most = most.max(rest);
            }
            for state in &mut self.states[self.begins[place]..self.begins[place + 1]] {
                state.rest /= most.max(f64::MIN_POSITIVE);
            }
            let total: f64 = self.posterior.iter().sum();
            let scale = 1.0 / total.max(f64::MIN_POSITIVE);
            self.posterior.iter_mut().for_each(|p| *p *= scale);
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
    fn sample(&mut self, question: &Question<'_>, random: &mut Random, answer: &mut Answer<'_>) {
        let mut at = 0;
        let mut ways = Vec::new();
        for place in 0..question.parents.len() {
            self.index_behind(place);
            let mask = self.states[at].mask;
            ways.clear();
            self.lattice.each_way(place, question.beta, mask, |way| {
                if let Some(next) = self.find.get(way.mask) {
                    ways.push((way.weight * self.states[next].rest, next, way.subset));
                }
            });
            let mut left = random.unit() * ways.iter().map(|(value, ..)| value).sum::<f64>();
            let Some(&(_, next, subset)) = ways
                .iter()
                .find(|(value, ..)| {
                    left -= value;
                    left < 0.0
                })
                .or(ways.last())
            else {
                return;
            };
            let step = &self.lattice.steps()[place];
            for (bit, &child) in step.children.iter().enumerate() {
                if subset >> bit & 1 == 1 {
                    answer.best[child as usize] = step.parent;
                }
            }
            at = next;
        }
    }

    fn index_behind(&mut self, place: usize) {
        self.find.begin();
        for index in self.begins[place + 1]..self.begins[place + 2] {
            self.find.set(self.states[index].mask, index);
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.lattice.memory_bytes()
            + of_vec(&self.states)
            + of_vec(&self.begins)
            + of_vec(&self.find.places)
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
