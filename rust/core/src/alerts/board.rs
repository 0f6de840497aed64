//! All series that are known, and what is said of them window by window.

use super::hours::hour_of;
use super::known::{Alert, Figures, Judging, Known, Seen, RULES};
use super::rules::{Rule, Rules};
use super::status::{Change, Ending};
use crate::edges::panes::Panes;
use crate::edges::Kind;
use crate::error::{Error, Result};

/// Time after which a series that was not seen is forgotten, ms.
const FORGET_MS: i64 = 7 * 24 * 3_600_000;

/// The kinds whose series are judged.
pub(crate) const KINDS: [Kind; 2] = [Kind::Edge, Kind::Entry];

/// All that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The first window that was judged, and the last one.
    pub span: Option<(i64, i64)>,
    /// By kind: all together, once there was one.
    pub all: [Option<Known>; KINDS.len()],
    /// By kind: each, in order of names.
    pub each: [Vec<Known>; KINDS.len()],
}

/// Judges the series of each window by what they were before.
#[derive(Debug)]
pub struct Board {
    rules: Rules,
    panes: Panes,
    max_series: usize,
    pub(crate) state: State,
}

/// Of which rules there is nothing to say of each, since they are true of all together.
type Held = [bool; RULES];

impl Board {
    /// A board that knows nothing.
    pub fn new(rules: Rules, panes: Panes, max_series: usize) -> Self {
        Self { rules, panes, max_series, state: State::default() }
    }

    /// Judges a window behind the last one, and those between in which nothing came. The series are in order of
    /// kinds and names, each once, edges and entries alone. Hands each change of an alert to `emit`; returns how
    /// many series there was no room for.
    ///
    /// # Errors
    /// When the window is not behind the last one.
    pub fn judge(&mut self, window: i64, seen: &[Seen<'_>], mut emit: impl FnMut(&Alert<'_>)) -> Result<u64> {
        if let Some((first, last)) = self.state.span {
            if window <= last {
                return Err(Error::corrupt(format!(
                    "window {window} comes behind window {last}, which was judged: windows in order are wanted"
                )));
            }
            // What has begun by then is accepted by then.
            let judged = 2 * i64::from(self.rules.accept_after);
            for empty in last + 1..window.min(last.saturating_add(judged)) {
                self.judge_one(empty, first, &[], &mut emit);
            }
        }
        let first = self.state.span.map_or(window, |(first, _)| first);
        self.state.span = Some((first, window));
        Ok(self.judge_one(window, first, seen, &mut emit))
    }

    fn judge_one(
        &mut self,
        window: i64,
        first: i64,
        seen: &[Seen<'_>],
        emit: &mut impl FnMut(&Alert<'_>),
    ) -> u64 {
        let (start_ms, _) = self.panes.span_ms(window);
        let judging = Judging { rules: &self.rules, window, hour: hour_of(start_ms), first };
        let mut omitted = 0;
        let mut begin = 0;
        for ((kind, all), each) in KINDS.into_iter().zip(&mut self.state.all).zip(&mut self.state.each) {
            let end = begin + seen[begin..].partition_point(|seen| seen.name.kind <= kind);
            let here = &seen[begin..end];
            let is_true = judging.judge_all(kind, all, here, emit);
            // Where nothing came there is nothing to say of each.
            if !here.is_empty() {
                omitted += judging.take_in(each, here, self.max_series);
                each.iter_mut().for_each(|known| known.advance(judging.hour));
                let held = judging.held(each, here, &is_true);
                judging.judge_each(kind, each, (begin, here), &held, emit);
            }
            let forgotten = window.saturating_sub(self.panes.windows_of(FORGET_MS));
            each.retain(|known| known.last >= forgotten || judging.forget(kind, known, emit));
            begin = end;
        }
        omitted
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        let all = self.state.all.iter().flatten();
        let each = self.state.each.iter().map(crate::memory::of_vec).sum::<usize>();
        each + all.chain(self.state.each.iter().flatten()).map(Known::memory_bytes).sum::<usize>()
    }
}

impl Judging<'_> {
    /// Judges the sum of a kind; returns which rules are true of it.
    fn judge_all(
        &self,
        kind: Kind,
        all: &mut Option<Known>,
        seen: &[Seen<'_>],
        emit: &mut impl FnMut(&Alert<'_>),
    ) -> [bool; RULES] {
        let mut sum = Figures::default();
        for Seen { figures, .. } in seen {
            sum.count += figures.count;
            sum.without_parent += figures.without_parent;
            sum.at_latency_limit += figures.at_latency_limit;
        }
        if all.is_none() && seen.is_empty() {
            return [false; RULES];
        }
        let all = all.get_or_insert_with(|| Known { first: self.window, ..Known::default() });
        all.last = self.window;
        all.advance(self.hour);
        let is_judged =
            |rule: Rule| !matches!(rule, Rule::LatencyRose | Rule::LatencyFell | Rule::New | Rule::Vanished);
        let verdicts = all.judge(self, kind, sum, None, &|rule| !is_judged(rule), emit);
        verdicts.map(|is_true| is_true == Some(true))
    }

    /// Has a place for each series that was seen, as long as there is room; returns for how many there was none.
    fn take_in(&self, each: &mut Vec<Known>, seen: &[Seen<'_>], max_series: usize) -> u64 {
        let mut new = Vec::new();
        let mut omitted = 0;
        let mut at = 0;
        for Seen { name, .. } in seen {
            while each.get(at).is_some_and(|known| known.key() < (name.src, name.dst)) {
                at += 1;
            }
            let is_known = each.get(at).is_some_and(|known| known.key() == (name.src, name.dst));
            match is_known {
                true => {}
                false if each.len() + new.len() >= max_series => omitted += 1,
                false => new.push(Known {
                    src: name.src.into(),
                    dst: name.dst.into(),
                    first: self.window,
                    ..Known::default()
                }),
            }
        }
        if !new.is_empty() {
            each.append(&mut new);
            each.sort_by(|one, other| one.key().cmp(&other.key()));
        }
        omitted
    }

    /// Which rules that are true of the sum are also true of most series: of these nothing is said of each.
    fn held(&self, each: &[Known], seen: &[Seen<'_>], is_true: &[bool; RULES]) -> Held {
        let mut held = [false; RULES];
        for rule in Rule::ALL.into_iter().filter(|&rule| is_true[rule as usize]) {
            let limits = self.rules.of(rule);
            let (mut judged, mut true_of) = (0, 0);
            for (known, figures) in with_figures(each, seen).map(|(known, here)| (known, figures(here))) {
                let is_fewer = rule == Rule::RateFell && figures.count == 0;
                let rule = if is_fewer { Rule::Vanished } else { rule };
                let is_judged = rule != Rule::RateRose || figures.count >= limits.min_calls;
                match known.verdict(rule, limits, self, &figures).0 {
                    Some(is_true) if is_judged => {
                        judged += 1;
                        true_of += u32::from(is_true);
                    }
                    _ => {}
                }
            }
            held[rule as usize] = 2 * true_of > judged;
        }
        held[Rule::Vanished as usize] = held[Rule::RateFell as usize];
        held
    }

    fn judge_each(
        &self,
        kind: Kind,
        each: &mut [Known],
        (before, seen): (usize, &[Seen<'_>]),
        held: &Held,
        emit: &mut impl FnMut(&Alert<'_>),
    ) {
        let here: Vec<Option<usize>> =
            with_figures(each, seen).map(|(_, here)| here.map(|(at, _)| at)).collect();
        for (known, at) in each.iter_mut().zip(here) {
            if at.is_some() {
                known.last = self.window;
            }
            let figures = at.map(|at| seen[at].figures).unwrap_or_default();
            let place = at.map(|at| before + at);
            known.judge(self, kind, figures, place, &|rule| held[rule as usize], emit);
        }
    }

    /// Ends the alerts of a series that is forgotten; it is not kept.
    fn forget(&self, kind: Kind, known: &Known, emit: &mut impl FnMut(&Alert<'_>)) -> bool {
        for (rule, status) in Rule::ALL.into_iter().zip(&known.alerts).filter(|(_, status)| status.firing) {
            emit(&Alert {
                rule,
                name: known.name(kind),
                change: Change::Ends(Ending::Gone),
                since: status.since,
                window: self.window,
                expected: 0.0,
                seen: 0.0,
                count: 0,
                place: None,
            });
        }
        false
    }
}

/// Each known series, with its place among those seen and its figures if it was; both are in order of names.
fn with_figures<'a>(
    each: &'a [Known],
    seen: &'a [Seen<'_>],
) -> impl Iterator<Item = (&'a Known, Option<(usize, Figures)>)> {
    let mut at = 0;
    each.iter().map(move |known| {
        while seen.get(at).is_some_and(|seen| (seen.name.src, seen.name.dst) < known.key()) {
            at += 1;
        }
        let here = seen.get(at).filter(|seen| (seen.name.src, seen.name.dst) == known.key());
        (known, here.map(|seen| (at, seen.figures)))
    })
}

fn figures(here: Option<(usize, Figures)>) -> Figures {
    here.map(|(_, figures)| figures).unwrap_or_default()
}
