//! The page: one file of HTML that asks for nothing else.

pub mod data;
mod html;
pub mod shape;
mod waterfall;

use std::collections::HashMap;
use std::fmt::Write;

use super::args::Args;
use super::figures::{Figures, Kinds};
use super::names::Names;
use crate::printable::printable;

/// Characters of a name on the page.
const NAME_CHARS: usize = 100;

/// A page.
pub struct Page {
    /// Its HTML.
    pub text: String,
    /// What it is about, for a terminal.
    pub summary: String,
}

/// The names that the page has, by number. Only what is shown is embedded.
#[derive(Default)]
struct PageNames {
    places: HashMap<u32, usize>,
    texts: Vec<String>,
}

impl PageNames {
    /// The place of a name in the page's list.
    fn place(&mut self, number: u32, names: &Names) -> usize {
        *self.places.entry(number).or_insert_with(|| {
            self.texts.push(printable(names.text(number).as_bytes(), NAME_CHARS));
            self.texts.len() - 1
        })
    }
}

/// Makes the page of what was found in inputs with these names.
///
/// # Errors
/// When a chain that was read before cannot be read again.
pub fn make(args: &Args, figures: Figures, inputs: &[(String, Kinds)]) -> anyhow::Result<Page> {
    let data = shape::shape(args, figures, inputs)?;
    let text = html::html(&args.title, &serde_json::to_string(&data)?);
    let mut summary = String::new();
    if let Some(calls) = &data.calls {
        _ = write!(summary, "{} calls on {} edges, ", calls.latency.count, calls.edges);
    }
    if let Some(chains) = &data.chains {
        _ = write!(summary, "{} chains, ", chains.latency.count);
    }
    if data.rejects.is_some_and(|rejects| rejects > 0) {
        _ = write!(summary, "{} rejects, ", data.rejects.unwrap_or_default());
    }
    _ = write!(summary, "{} KiB", text.len().div_ceil(1024));
    Ok(Page { text, summary })
}
