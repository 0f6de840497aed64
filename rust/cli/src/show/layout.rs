//! What is drawn of a chain, and in which columns.

use super::bar::{Axis, Bar};
use super::glyphs::{width, LEVEL_COLUMNS};
use super::id::WantedId;
use super::read::Chain;
use super::screen::Screen;
use super::tree::Tree;

/// A parent that is less likely right than this is told of.
const SURE: f64 = 0.9;
/// Between two columns.
pub const GAP: usize = 2;
/// What the tree and the bars have at least.
const MIN_LABEL_COLUMNS: usize = 12;
const MIN_BAR_COLUMNS: usize = 8;
/// Of the lines of a chain this part at most is for the calls of `--id`, wherever they stand.
const WANTED_PART: usize = 3;

/// A chain, ready to be drawn.
#[derive(Debug)]
pub struct Layout {
    /// A line each.
    pub rows: Vec<Row>,
    /// How wide the columns are.
    pub columns: Columns,
    /// What the bars stand on.
    pub axis: Axis,
    /// What has to be explained.
    pub marks: Marks,
}

/// A line of a picture.
#[derive(Debug)]
pub enum Row {
    /// A call.
    Call(Call),
    /// Calls that are not shown.
    More {
        /// How many.
        calls: usize,
        /// How many of them are on the critical path.
        critical: usize,
    },
}

/// A line of a call.
#[derive(Debug)]
pub struct Call {
    /// Whether it is one that is asked for.
    pub is_wanted: bool,
    /// Whether it is on the critical path.
    pub is_critical: bool,
    /// The indentation and the names of the services.
    pub label: String,
    /// The probability that its parent is right, where that is doubtful.
    pub doubt: Option<String>,
    /// How long it took, ms.
    pub total: String,
    /// How long without a call of its own, ms.
    pub own: String,
    /// When it was.
    pub bar: Bar,
    /// How much later than the root it ended, ms, if it did.
    pub outlives: Option<String>,
}

/// The widths of columns; 0 for one that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The tree.
    pub label: usize,
    /// The probability of the parent.
    pub doubt: usize,
    /// How long a call took.
    pub total: usize,
    /// How long without a call of its own.
    pub own: usize,
    /// How much later than the root it ended, behind the bars.
    pub outlives: usize,
}

/// The marks that a picture has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Calls that are asked for can be marked: the others are indented, too.
    pub wanted: bool,
    /// There is a critical path.
    pub critical: bool,
    /// A parent is doubtful.
    pub doubt: bool,
    /// A call outlives the root.
    pub outlives: bool,
}

impl Columns {
    /// Those of these calls, but for the tree, which takes what is left.
    fn of(calls: &[Call]) -> Self {
        Self {
            label: 0,
            doubt: widest(calls.iter().filter_map(|call| call.doubt.as_deref())),
            total: widest(calls.iter().map(|call| call.total.as_str()).chain(["ms"])),
            own: widest(calls.iter().map(|call| call.own.as_str()).chain(["self"])),
            outlives: widest(calls.iter().filter_map(|call| call.outlives.as_deref())),
        }
    }

    /// All but the tree and the bars, with the gaps.
    fn around_bar(&self) -> usize {
        let behind = if self.outlives > 0 { self.outlives + 1 } else { 0 };
        taken(self.doubt) + taken(self.total) + taken(self.own) + GAP + behind
    }
}

impl Marks {
    fn of(calls: &[Call], wanted: bool) -> Self {
        Self {
            wanted,
            critical: calls.iter().any(|call| call.is_critical),
            doubt: calls.iter().any(|call| call.doubt.is_some()),
            outlives: calls.iter().any(|call| call.outlives.is_some()),
        }
    }

    /// The columns before the tree.
    pub fn columns(self) -> usize {
        usize::from(self.wanted) + 2
    }

    /// The marks of both.
    pub fn and(self, other: Self) -> Self {
        Self {
            wanted: self.wanted || other.wanted,
            critical: self.critical || other.critical,
            doubt: self.doubt || other.doubt,
            outlives: self.outlives || other.outlives,
        }
    }
}

/// A probability with two digits, cut: what is below a bound also looks so.
pub fn probability(value: f64) -> String {
    // The digits of a decimal fraction are not exact in binary.
    let hundredths = (value * 100.0 + 1e-9).floor();
    if hundredths < 1.0 && value > 0.0 {
        return "<0.01".to_owned();
    }
    format!("{:.2}", hundredths / 100.0)
}

/// Lays a chain out. Costs what the tree costs, and the labels of the calls that are shown.
pub fn layout(chain: &Chain<'_>, screen: &Screen, wanted: Option<&WantedId>) -> Layout {
    let is_wanted = |place: usize| wanted.is_some_and(|id| id.is(chain.hops[place].id));
    let tree = Tree::of(chain);
    let is_shown = shown(&tree, screen.rows, is_wanted);
    let places = || tree.order.iter().zip(&is_shown).filter(|(_, shown)| **shown).map(|(&place, _)| place);
    let calls: Vec<Call> = places().map(|place| call(chain, place, is_wanted(place))).collect();
    let marks = Marks::of(&calls, wanted.is_some());
    let mut columns = Columns::of(&calls);
    let room = screen.columns.saturating_sub(marks.columns() + columns.around_bar());
    let most_label = (room / 2).max(MIN_LABEL_COLUMNS);
    let labels: Vec<String> = places().map(|place| label(&tree, chain, place, screen, most_label)).collect();
    columns.label = widest(labels.iter().map(String::as_str));
    let axis = axis(chain, room.saturating_sub(columns.label).max(MIN_BAR_COLUMNS));
    let drawn = places().zip(calls).zip(labels).map(|((place, call), label)| {
        let hop = &chain.hops[place];
        Call { label, bar: axis.bar(hop.start_ms, hop.end_ms), ..call }
    });
    Layout { rows: with_gaps(&tree, chain, &is_shown, drawn), columns, axis, marks }
}

/// By the order of the tree, which calls are shown: the first and the last ones, and some that are asked for.
fn shown(tree: &Tree<'_>, rows: Option<usize>, is_wanted: impl Fn(usize) -> bool) -> Vec<bool> {
    let count = tree.order.len();
    let rows = rows.unwrap_or(count);
    if count <= rows {
        return vec![true; count];
    }
    // One line says how many are missing; each call that is asked for may need one more.
    let for_wanted = rows / WANTED_PART / 2;
    let places = (0..count).filter(|&at| is_wanted(tree.order[at])).take(for_wanted);
    let pinned: Vec<usize> = places.collect();
    let kept = rows.saturating_sub(1 + 2 * pinned.len()).max(2);
    let (first, last) = (kept.div_ceil(2), kept / 2);
    (0..count).map(|at| at < first || at >= count - last || pinned.contains(&at)).collect()
}

/// The rows, with what is missing between them.
fn with_gaps(
    tree: &Tree<'_>,
    chain: &Chain<'_>,
    is_shown: &[bool],
    mut calls: impl Iterator<Item = Call>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for (&place, &is_shown) in tree.order.iter().zip(is_shown) {
        let is_critical = usize::from(chain.hops[place].is_critical());
        match (is_shown, rows.last_mut()) {
            (true, _) => rows.extend(calls.next().map(Row::Call)),
            (false, Some(Row::More { calls, critical })) => {
                *calls += 1;
                *critical += is_critical;
            }
            (false, _) => rows.push(Row::More { calls: 1, critical: is_critical }),
        }
    }
    rows
}

/// A call, but for its label and its bar.
fn call(chain: &Chain<'_>, place: usize, is_wanted: bool) -> Call {
    let hop = &chain.hops[place];
    let later_ms = hop.end_ms.saturating_sub(chain.hops[chain.root].end_ms);
    Call {
        is_wanted,
        is_critical: hop.is_critical(),
        label: String::new(),
        doubt: (hop.confidence < SURE).then(|| probability(hop.confidence) + "?"),
        total: hop.latency_ms().to_string(),
        own: hop.self_ms.to_string(),
        bar: Bar::default(),
        outlives: (later_ms > 0).then(|| format!("+{later_ms}")),
    }
}

/// The indentation and the names, in so many columns at most.
fn label(tree: &Tree<'_>, chain: &Chain<'_>, place: usize, screen: &Screen, most: usize) -> String {
    let glyphs = screen.glyphs;
    let (branches, is_cut) = tree.branches(place, most / 2 / LEVEL_COLUMNS);
    let mut label = String::from(if is_cut { glyphs.ellipsis } else { "" });
    label.extend(branches.into_iter().map(|branch| glyphs.branch(branch)));
    let room = most.saturating_sub(width(&label));
    let hop = &chain.hops[place];
    let (src, dst) = (glyphs.printable(&hop.src), glyphs.printable(&hop.dst));
    let both = format!("{src}{}{dst}", glyphs.arrow);
    // Who called stands in the line of the parent, too.
    let names = if width(&both) <= room { both } else { glyphs.arrow.trim_start().to_owned() + &dst };
    label.push_str(&glyphs.fitted(&names, room));
    label
}

/// From the first start to the last end.
fn axis(chain: &Chain<'_>, columns: usize) -> Axis {
    let begin_ms = chain.hops.iter().map(|hop| hop.start_ms).min().unwrap_or(chain.start_ms);
    let end_ms = chain.hops.iter().map(|hop| hop.end_ms).max().unwrap_or(begin_ms);
    Axis { begin_ms, end_ms: end_ms.max(begin_ms), columns }
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(width).max().unwrap_or(0)
}

/// The columns of a column with the gap before it; none of one that is not there.
pub fn taken(column: usize) -> usize {
    if column == 0 {
        0
    } else {
        column + GAP
    }
}
