//! A series: what is known of it, and which rules are true of it in a window.

use super::judge::{is_beyond, Way};
use super::past::{kept, Past};
use super::rules::{Limits, Rule, Rules};
use super::status::{Change, Ending, Status};
use crate::edges::Kind;

/// What a share is counted in.
const SHARE: f64 = 10_000.0;
pub(super) const RULES: usize = Rule::ALL.len();

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

/// A window that is judged.
pub(super) struct Judging<'a> {
    pub rules: &'a Rules,
    pub window: i64,
    pub hour: i64,
    /// The first window of all.
    pub first: i64,
}

impl Known {
    pub(crate) fn key(&self) -> (&str, &str) {
        (&self.src, &self.dst)
    }

    pub(super) fn name(&self, kind: Kind) -> Name<'_> {
        Name { kind, src: &self.src, dst: &self.dst }
    }

    /// Moves on to an hour, before it is judged.
    pub(super) fn advance(&mut self, hour: i64) {
        self.count.hours.advance(hour);
        self.p95.hours.advance(hour);
    }

    /// The four figures that are kept.
    pub(crate) fn pasts(&self) -> [&Past; 4] {
        [&self.count, &self.p95, &self.without_parent, &self.at_latency_limit]
    }

    /// Judges a window, then learns from it. Returns what was true of it; nothing of the rules that are held.
    pub(super) fn judge(
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
    pub(super) fn verdict(
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

    pub(super) fn memory_bytes(&self) -> usize {
        let pasts: usize = self.pasts().map(Past::memory_bytes).iter().sum();
        self.src.len() + self.dst.len() + pasts
    }
}

fn share(part: u64, count: f64) -> f64 {
    part as f64 / count.max(1.0)
}
