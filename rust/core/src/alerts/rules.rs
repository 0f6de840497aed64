//! What an alert is about, and when it begins.

use serde::Deserialize;
use serde_saphyr::Spanned;

/// The rules that are judged unless a file says otherwise, with all fields explained.
pub const DEFAULTS: &str = include_str!("defaults.yaml");

/// Windows that a series can be compared with at most.
pub const MAX_HISTORY: u64 = 240;
const MAX_WINDOWS: u64 = 100_000;
const MAX_CALLS: u64 = 1_000_000_000;

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rule {
    /// The 95th percentile is longer than usual.
    LatencyRose = 0,
    /// It is shorter.
    LatencyFell = 1,
    /// There are more calls.
    RateRose = 2,
    /// There are fewer.
    RateFell = 3,
    /// The series was never seen, or not for a week.
    New = 4,
    /// It has no calls while others have.
    Vanished = 5,
    /// More of its calls than usual have nothing that can have caused them.
    WithoutParent = 6,
    /// More of its calls take as long as a call may.
    AtLatencyLimit = 7,
}

impl Rule {
    /// All of them, in the order in which they are judged.
    pub const ALL: [Self; 8] = [
        Self::LatencyRose,
        Self::LatencyFell,
        Self::RateRose,
        Self::RateFell,
        Self::New,
        Self::Vanished,
        Self::WithoutParent,
        Self::AtLatencyLimit,
    ];

    /// As it is written, in files of rules and in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::LatencyRose => "latency-rose",
            Self::LatencyFell => "latency-fell",
            Self::RateRose => "rate-rose",
            Self::RateFell => "rate-fell",
            Self::New => "new",
            Self::Vanished => "vanished",
            Self::WithoutParent => "without-parent",
            Self::AtLatencyLimit => "at-latency-limit",
        }
    }

    /// What of a window it judges, as its records name it.
    pub fn figure(self) -> &'static str {
        match self {
            Self::LatencyRose | Self::LatencyFell => "p95_msec",
            Self::RateRose | Self::RateFell | Self::New | Self::Vanished => "count",
            Self::WithoutParent => "without_parent_share",
            Self::AtLatencyLimit => "at_latency_limit_share",
        }
    }
}

/// When an alert of a rule begins and ends.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// Whether it is judged.
    pub on: bool,
    /// Median deviations that a figure is beyond its median.
    pub mads: f64,
    /// Times the median that it is beyond it.
    pub share: f64,
    /// What it is beyond it at least, in its own unit.
    pub step: f64,
    /// Calls below which a window is not judged.
    pub min_calls: u64,
    /// Windows in a row before the alert begins.
    pub windows: u32,
    /// Windows in a row before it ends.
    pub end_windows: u32,
    /// Windows after its end in which it does not begin again.
    pub silence: u32,
}

/// All rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Windows that a series is compared with.
    pub history: usize,
    /// How many of them there must be.
    pub learning: usize,
    /// Windows after which an alert ends because what it says is usual by then.
    pub accept_after: u32,
    limits: [Limits; Rule::ALL.len()],
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct File {
    history: Option<Spanned<u64>>,
    learning: Option<Spanned<u64>>,
    accept_after: Option<Spanned<u64>>,
    latency_rose: Entry,
    latency_fell: Entry,
    rate_rose: Entry,
    rate_fell: Entry,
    new: Entry,
    vanished: Entry,
    without_parent: Entry,
    at_latency_limit: Entry,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Entry {
    on: Option<bool>,
    mads: Option<Spanned<f64>>,
    share: Option<Spanned<f64>>,
    step: Option<Spanned<f64>>,
    min_calls: Option<Spanned<u64>>,
    windows: Option<Spanned<u64>>,
    end_windows: Option<Spanned<u64>>,
    silence: Option<Spanned<u64>>,
}

impl File {
    fn parse(text: &str) -> Result<Self, String> {
        // A comment alone is a file that changes nothing, which is no map.
        let is_empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if text.lines().all(is_empty) {
            return Ok(Self::default());
        }
        // A snippet of the text would make more than one line of an error.
        let options = serde_saphyr::options! { with_snippet: false };
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| error.to_string().replace('\n', " "))
    }

    fn entries(&self) -> [&Entry; Rule::ALL.len()] {
        [
            &self.latency_rose,
            &self.latency_fell,
            &self.rate_rose,
            &self.rate_fell,
            &self.new,
            &self.vanished,
            &self.without_parent,
            &self.at_latency_limit,
        ]
    }
}

impl Rules {
    /// The built-in rules, with what a text changes of them. The text is YAML; an empty one changes nothing.
    ///
    /// ```
    /// use callweave_core::alerts::Rules;
    /// let rules = Rules::read("latency-rose: {share: 0.8}\nnew: {on: false}\n")?;
    /// let wrong = Rules::read("rate-fell: {windows: 0}\n").unwrap_err();
    /// assert!(wrong.starts_with("line 1, column 22: `windows` of rate-fell is 0"), "{wrong}");
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong, at which line, and what would be right.
    pub fn read(text: &str) -> Result<Self, String> {
        let none = Self { history: 0, learning: 0, accept_after: 0, limits: Default::default() };
        none.with(&File::parse(DEFAULTS)?)?.with(&File::parse(text)?)
    }

    /// When alerts of a rule begin and end.
    pub fn of(&self, rule: Rule) -> &Limits {
        &self.limits[rule as usize]
    }

    fn with(mut self, file: &File) -> Result<Self, String> {
        let integer = |value: &Option<Spanned<u64>>, name: &str, old: u64, least: u64, most: u64| {
            value.as_ref().map_or(Ok(old), |value| {
                in_range(value, &format!("`{name}`"), (least..=most).contains(&value.value), least, most)
            })
        };
        self.history = integer(&file.history, "history", self.history as u64, 5, MAX_HISTORY)? as usize;
        self.learning = integer(&file.learning, "learning", self.learning as u64, 3, MAX_HISTORY)? as usize;
        if self.learning > self.history {
            let place = file.learning.as_ref().or(file.history.as_ref()).map(place).unwrap_or_default();
            return Err(format!(
                "{place}`learning` is {} and `history` is {}: at most `history` is right",
                self.learning, self.history
            ));
        }
        let accept = (self.accept_after.into(), 1, MAX_WINDOWS);
        self.accept_after = integer(&file.accept_after, "accept-after", accept.0, accept.1, accept.2)? as u32;
        for ((rule, entry), limits) in Rule::ALL.into_iter().zip(file.entries()).zip(&mut self.limits) {
            limits.change(rule, entry)?;
        }
        Ok(self)
    }
}

impl Limits {
    fn change(&mut self, rule: Rule, entry: &Entry) -> Result<(), String> {
        let name = rule.name();
        self.on = entry.on.unwrap_or(self.on);
        let no_figure = matches!(rule, Rule::New | Rule::Vanished);
        let no_share = no_figure || matches!(rule, Rule::WithoutParent | Rule::AtLatencyLimit);
        for (value, field, old, most, is_none) in [
            (&entry.mads, "mads", &mut self.mads, 1e6, no_figure),
            (&entry.share, "share", &mut self.share, 1e6, no_share),
            (&entry.step, "step", &mut self.step, 1e9, no_figure),
        ] {
            let Some(value) = value else { continue };
            if is_none {
                return Err(format!("{}`{field}` says nothing for {name}: leave it out", place(value)));
            }
            let is_right = (0.0..=most).contains(&value.value);
            *old = in_range(value, &format!("`{field}` of {name}"), is_right, 0.0, most)?;
        }
        for (value, field, old, least) in [
            (&entry.windows, "windows", &mut self.windows, 1),
            (&entry.end_windows, "end-windows", &mut self.end_windows, 1),
            (&entry.silence, "silence", &mut self.silence, 0),
        ] {
            let Some(value) = value else { continue };
            let is_right = (least..=MAX_WINDOWS).contains(&value.value);
            *old = in_range(value, &format!("`{field}` of {name}"), is_right, least, MAX_WINDOWS)? as u32;
        }
        if let Some(value) = &entry.min_calls {
            let is_right = (1..=MAX_CALLS).contains(&value.value);
            self.min_calls = in_range(value, &format!("`min-calls` of {name}"), is_right, 1, MAX_CALLS)?;
        }
        Ok(())
    }
}

/// A number, if it is right; else an error at its place.
fn in_range<T: Copy + std::fmt::Display>(
    value: &Spanned<T>,
    name: &str,
    is_right: bool,
    least: T,
    most: T,
) -> Result<T, String> {
    is_right.then_some(value.value).ok_or_else(|| {
        format!("{}{name} is {}: a number from {least} to {most} is right", place(value), value.value)
    })
}

/// Where a value stands.
fn place<T>(value: &Spanned<T>) -> String {
    format!("line {}, column {}: ", value.referenced.line(), value.referenced.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_only_what_it_names() {
        let defaults = Rules::read("").unwrap();
        assert_eq!(Rules::read(DEFAULTS).unwrap(), defaults);
        assert_eq!(Rules::read("# nothing\n\n").unwrap(), defaults);
        let changed = Rules::read("history: 40\nlatency-rose:\n  step: 5\nvanished: {on: false}\n").unwrap();
        let mut expected = Rules { history: 40, ..defaults };
        expected.limits[Rule::LatencyRose as usize].step = 5.0;
        expected.limits[Rule::Vanished as usize].on = false;
        assert_eq!(changed, expected);
    }

    #[test]
    fn every_rule_has_limits_by_default() {
        let rules = Rules::read("").unwrap();
        for rule in Rule::ALL {
            let limits = rules.of(rule);
            assert!(limits.on && limits.min_calls > 0 && limits.windows > 0, "{rule:?}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_its_line_and_what_is_right() {
        for (text, wrong) in [
            ("history: 3", "line 1, column 10: `history` is 3: a number from 5 to 240 is right"),
            ("history: 20", "line 1, column 10: `learning` is 30 and `history` is 20: at most `history`"),
            ("new:\n  share: 1", "line 2, column 10: `share` says nothing for new: leave it out"),
            ("\nrate-rose: {mads: -1}", "line 2, column 19: `mads` of rate-rose is -1: a number from 0"),
            ("rate-rose: {mads: .nan}", "`mads` of rate-rose is NaN"),
            ("rate: {mads: 1}", "unknown field"),
            ("rate-rose: {min-call: 1}", "unknown field"),
            ("rate-rose: [1]", "line 1"),
            ("rate-rose: {step: much}", "line 1"),
        ] {
            let error = Rules::read(text).unwrap_err();
            assert!(error.contains(wrong) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
