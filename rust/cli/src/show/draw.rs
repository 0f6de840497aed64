//! The text of a picture.

use super::glyphs::{width, Glyphs};
use super::id::{text, WantedId};
use super::layout::{probability, taken, Call, Layout, Marks, Row, GAP};
use super::read::Chain;
use super::screen::Screen;
use crate::date::utc;

/// Characters of an id in the line of figures.
const ID_COLUMNS: usize = 64;
/// How a terminal is told to change colours, and to end that.
const BOLD: &str = "1";
const DIM: &str = "2";
const CRITICAL: &str = "1;33";
const DOUBT: &str = "35";
const OUTLIVES: &str = "31";
const BAR: &str = "36";

/// Writes with the characters and colours of a screen.
struct Pen<'a>(&'a Screen);

impl Pen<'_> {
    fn paint(&self, color: &str, text: &str) -> String {
        if self.0.has_colors && !text.is_empty() {
            format!("\x1b[{color}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A chain: its figures, the heading, and a line for each row.
pub fn draw(chain: &Chain<'_>, layout: &Layout, screen: &Screen) -> String {
    let pen = Pen(screen);
    let mut lines = vec![figures(chain, &pen), pen.paint(DIM, &heading(chain, layout))];
    for row in &layout.rows {
        lines.push(match row {
            Row::Call(call) => line(call, layout, &pen),
            Row::More { calls, critical } => pen.paint(DIM, &more(*calls, *critical, layout, screen.glyphs)),
        });
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// What the marks mean; `None` where there are none.
pub fn legend(marks: Marks, wanted: Option<&WantedId>, screen: &Screen) -> Option<String> {
    let mut parts = Vec::new();
    if marks.critical {
        parts.push("*: critical path".to_owned());
    }
    if marks.doubt {
        parts.push("?: how likely the parent is right, below 0.90".to_owned());
    }
    if marks.outlives {
        parts.push("+: ms after the root's end".to_owned());
    }
    if let Some(id) = wanted {
        parts.push(format!(
            ">: call {}",
            screen.glyphs.fitted(&screen.glyphs.printable(id.text()), ID_COLUMNS)
        ));
    }
    (!parts.is_empty()).then(|| Pen(screen).paint(DIM, &parts.join("; ")))
}

fn figures(chain: &Chain<'_>, pen: &Pen<'_>) -> String {
    let glyphs = pen.0.glyphs;
    let id = glyphs.printable(&text(chain.id));
    let calls = if chain.calls == 1 { "call" } else { "calls" };
    let omitted =
        if chain.omitted > 0 { format!(" ({} more left out)", chain.omitted) } else { String::new() };
    format!(
        "chain {}  {} ms  {} {calls}{omitted}  depth {}  width {}  confidence {}  {}",
        pen.paint(BOLD, &glyphs.fitted(&id, ID_COLUMNS)),
        chain.total_ms,
        chain.calls,
        chain.depth,
        chain.width,
        probability(chain.confidence),
        utc(chain.start_ms)
    )
}

fn heading(chain: &Chain<'_>, layout: &Layout) -> String {
    let Layout { columns, axis, marks, .. } = layout;
    let before = marks.columns() + columns.label + taken(columns.doubt);
    let begin = axis.begin_ms.saturating_sub(chain.hops[chain.root].start_ms).to_string();
    let end = format!("{} ms", axis.end_ms.saturating_sub(chain.hops[chain.root].start_ms));
    let between = axis.columns.saturating_sub(begin.len());
    format!(
        "{:before$}{:>total$}{:>own$}{:GAP$}{begin}{end:>between$}",
        "",
        "ms",
        "self",
        "",
        total = taken(columns.total),
        own = taken(columns.own),
    )
}

fn line(call: &Call, layout: &Layout, pen: &Pen<'_>) -> String {
    let Layout { columns, axis, marks, .. } = layout;
    let (label_color, bar_color) = if call.is_critical { (CRITICAL, CRITICAL) } else { ("", BAR) };
    let wanted = if call.is_wanted { ">" } else { " " };
    let mark = if call.is_critical { "* " } else { "  " };
    let mut line = String::from(if marks.wanted { wanted } else { "" });
    line.push_str(mark);
    line.push_str(&if label_color.is_empty() {
        call.label.clone()
    } else {
        pen.paint(label_color, &call.label)
    });
    line.push_str(&" ".repeat(columns.label - width(&call.label)));
    if columns.doubt > 0 {
        let doubt = call.doubt.as_deref().unwrap_or("");
        line.push_str(&pen.paint(DOUBT, &format!("{doubt:>room$}", room = taken(columns.doubt))));
    }
    line.push_str(&format!("{:>room$}", call.total, room = taken(columns.total)));
    line.push_str(&format!("{:>room$}", call.own, room = taken(columns.own)));
    line.push_str(&" ".repeat(GAP + call.bar.before));
    let bar = call.bar.text(pen.0.glyphs);
    line.push_str(&pen.paint(bar_color, &bar));
    if let Some(outlives) = &call.outlives {
        line.push_str(&" ".repeat(axis.columns.saturating_sub(call.bar.before + width(&bar)) + 1));
        line.push_str(&pen.paint(OUTLIVES, outlives));
    }
    line
}

fn more(calls: usize, critical: usize, layout: &Layout, glyphs: &Glyphs) -> String {
    let noun = if calls == 1 { "call" } else { "calls" };
    let critical = if critical > 0 { format!(", {critical} on the critical path") } else { String::new() };
    format!(
        "{:indent$}{} {calls} more {noun}{critical}",
        "",
        glyphs.ellipsis,
        indent = layout.marks.columns()
    )
}
