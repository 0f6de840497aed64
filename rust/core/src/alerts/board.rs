//! All series that are known, and what is said of them window by window.

use super::hours::hour_of;
use super::judge::{is_beyond, Way};
use super::past::{kept, Past};
use super::rules::{Limits, Rule, Rules};
use super::status::{Change, Ending, Status};
use crate::edges::panes::Panes;
use crate::edges::Kind;
use crate::error::{Error, Result};

/// Time after which a series that was not seen is forgotten, ms.
const FORGET_MS: i64 = 7 * 24 * 3_600_000;
/// What a share is counted in.
const SHARE: f64 = 10_000.0;
const RULES: usize = Rule::ALL.len();

/// A series by its names, the insides of JSON strings. That of all of a kind together has empty ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name<'a> {
    /// An edge or an entry.
    pub kind: Kind,
    /// Where the calls come from; equal to `dst` of an entry.
    pub src: &'a str,
    /// Where they go.
    pub dst: &'a str,
}

impl Name<'_> {
    /// Whether it is all of a kind together.
    pub fn is_all(&self) -> bool {
        self.dst.is_empty()
    }
}

/// What is judged of a series in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Calls.
    pub count: u64,
    /// 95th percentile of their latencies, ms.
    pub p95_ms: u32,
    /// Calls that nothing can have caused; 0 where that is not known.
    pub without_parent: u64,
    /// Calls that took as long as a call may; likewise.
    pub at_latency_limit: u64,
}

/// A series in a window.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The series.
    pub name: Name<'a>,
    /// Its figures.
    pub figures: Figures,
}

/// A change of an alert.
#[derive(Debug, Clone, Copy)]
pub struct Alert<'a> {
    /// What it is about.
    pub rule: Rule,
    /// Which series.
    pub name: Name<'a>,
    /// Whether it begins or ends.
    pub change: Change,
    /// The first window that the rule was true of.
    pub since: i64,
    /// The window that has brought the change.
    pub window: i64,
    /// What is usual: the median of the last windows, or 0.
    pub expected: f64,
    /// What was seen in the window.
    pub seen: f64,
    /// Calls of the series in the window.
    pub count: u64,
    /// The place of the series among those seen.
    pub place: Option<usize>,
}

/// What is known of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub src: Box<str>,
    pub dst: Box<str>,
    /// The first window with calls of it, and the last one.
    pub first: i64,
    pub last: i64,
    pub count: Past,
    pub p95: Past,
    pub without_parent: Past,
    pub at_latency_limit: Past,
    pub alerts: [Status; RULES],
}

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

/// A window that is judged.
struct Judging<'a> {
    rules: &'a Rules,
    window: i64,
    hour: i64,
    /// The first window of all.
    first: i64,
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

impl Known {
    pub(crate) fn key(&self) -> (&str, &str) {
        (&self.src, &self.dst)
    }

    fn name(&self, kind: Kind) -> Name<'_> {
        Name { kind, src: &self.src, dst: &self.dst }
    }

    /// Moves on to an hour, before it is judged.
    fn advance(&mut self, hour: i64) {
        self.count.hours.advance(hour);
        self.p95.hours.advance(hour);
    }

    /// The four figures that are kept.
    pub(crate) fn pasts(&self) -> [&Past; 4] {
        [&self.count, &self.p95, &self.without_parent, &self.at_latency_limit]
    }

    /// Judges a window, then learns from it. Returns what was true of it; nothing of the rules that are held.
    fn judge(
        &mut self,
        judging: &Judging<'_>,
        kind: Kind,
        figures: Figures,
        place: Option<usize>,
        is_held: &dyn Fn(Rule) -> bool,
        emit: &mut impl FnMut(&Alert<'_>),
    ) -> [Option<bool>; RULES] {
        let Judging { rules, window, .. } = *judging;
        let mut accepted = [false; RULES];
        let verdicts = Rule::ALL.map(|rule| {
            let limits = rules.of(rule);
            if !limits.on || is_held(rule) {
                return (None, 0.0, 0.0);
            }
            self.verdict(rule, limits, judging, &figures)
        });
        for (rule, (is_true, expected, seen)) in Rule::ALL.into_iter().zip(verdicts) {
            let status = &mut self.alerts[rule as usize];
            let since = status.since;
            let change = status.step(is_true, window, rules.of(rule), rules.accept_after);
            let Some(change) = change else { continue };
            accepted[rule as usize] = change == Change::Ends(Ending::Accepted);
            let since = if change == Change::Begins { status.since } else { since };
            let count = figures.count;
            let name = self.name(kind);
            emit(&Alert { rule, name, change, since, window, expected, seen, count, place });
        }
        self.learn(rules, &figures, is_held, &accepted);
        verdicts.map(|(is_true, _, _)| is_true)
    }

    /// Whether a rule is true of a window, what is usual and what was seen.
    fn verdict(
        &self,
        rule: Rule,
        limits: &Limits,
        judging: &Judging<'_>,
        figures: &Figures,
    ) -> (Option<bool>, f64, f64) {
        let Judging { rules, window, first, .. } = *judging;
        let history = rules.history as i64;
        let enough = figures.count >= limits.min_calls;
        let count = figures.count as f64;
        let (past, way, seen) = match rule {
            Rule::New => {
                let is_new = self.first >= first.saturating_add(history);
                let is_young = window - self.first < history;
                return (Some(is_new && is_young && enough), 0.0, count);
            }
            Rule::LatencyRose => (&self.p95, Way::Up, f64::from(figures.p95_ms)),
            Rule::LatencyFell => (&self.p95, Way::Down, f64::from(figures.p95_ms)),
            Rule::RateRose => (&self.count, Way::Up, count),
            Rule::RateFell | Rule::Vanished => (&self.count, Way::Down, count),
            Rule::WithoutParent => (&self.without_parent, Way::Up, share(figures.without_parent, count)),
            Rule::AtLatencyLimit => (&self.at_latency_limit, Way::Up, share(figures.at_latency_limit, count)),
        };
        let Some(mut usual) = past.usual(rules.learning) else {
            return (None, 0.0, seen);
        };
        if matches!(rule, Rule::WithoutParent | Rule::AtLatencyLimit) {
            (usual.median, usual.deviation) = (usual.median / SHARE, usual.deviation / SHARE);
        }
        let is_usually_enough = usual.median >= limits.min_calls as f64;
        let beyond = || is_beyond(way, limits, usual, past, seen);
        let is_true = match rule {
            Rule::Vanished => is_usually_enough.then(|| figures.count == 0 && beyond()),
            // An edge without calls has vanished; of all together that is not asked.
            Rule::RateFell => {
                is_usually_enough.then(|| (figures.count > 0 || self.dst.is_empty()) && beyond())
            }
            Rule::RateRose => Some(enough && beyond()),
            _ => enough.then(beyond),
        };
        (is_true, usual.median, seen)
    }

    /// Takes the window into the past. The last windows do not have figures that an alert is about, so that an incident
    /// does not become usual by lasting; the hours have all, since what was so at this time yesterday may be so again.
    fn learn(
        &mut self,
        rules: &Rules,
        figures: &Figures,
        is_held: &dyn Fn(Rule) -> bool,
        accepted: &[bool; RULES],
    ) {
        let min_calls = rules.of(Rule::LatencyRose).min_calls.min(rules.of(Rule::LatencyFell).min_calls);
        let is_all = self.dst.is_empty();
        // A silence of all is not what the calls after it are compared with.
        let came = !is_all || figures.count > 0;
        let p95 = (!is_all && figures.count >= min_calls).then(|| kept(figures.p95_ms.into()));
        let share_of = |part: u64, rule: Rule| {
            let enough = figures.count >= rules.of(rule).min_calls;
            enough.then(|| kept((share(part, figures.count as f64) * SHARE) as u64))
        };
        let without_parent = share_of(figures.without_parent, Rule::WithoutParent);
        let at_latency_limit = share_of(figures.at_latency_limit, Rule::AtLatencyLimit);
        for (past, bin, about) in [
            (
                &mut self.count,
                came.then(|| kept(figures.count)),
                &[Rule::RateRose, Rule::RateFell, Rule::Vanished][..],
            ),
            (&mut self.p95, p95, &[Rule::LatencyRose, Rule::LatencyFell]),
            (&mut self.without_parent, without_parent, &[Rule::WithoutParent]),
            (&mut self.at_latency_limit, at_latency_limit, &[Rule::AtLatencyLimit]),
        ] {
            let is_any = |test: &dyn Fn(Rule) -> bool| about.iter().any(|&rule| test(rule));
            if is_any(&|rule| accepted[rule as usize]) {
                past.relearn();
            }
            let is_unusual = is_any(&|rule| self.alerts[rule as usize].firing || (!is_all && is_held(rule)));
            if let (Some(bin), false) = (bin, is_unusual) {
                past.add(bin, rules.history);
            }
        }
        // Shares have no hours: they do not follow the time of day.
        self.count.hours.add(Some(kept(figures.count)));
        self.p95.hours.add(p95);
    }

    fn memory_bytes(&self) -> usize {
        let pasts: usize = self.pasts().map(Past::memory_bytes).iter().sum();
        self.src.len() + self.dst.len() + pasts
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

fn share(part: u64, count: f64) -> f64 {
    part as f64 / count.max(1.0)
}
