//! The file of lines that are no calls.

use std::collections::BTreeMap;
use std::path::Path;

use base64::prelude::{Engine, BASE64_STANDARD};
use callweave_core::call::Reason;
use callweave_parquet::Table;
use serde::Serialize;

use super::batch::Reject;
use super::round::{Origin, Origins};
use crate::format::{Names, Seen, SeenFormat};
use crate::output::OutputFile;
use crate::paths::InputPath;

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    reason: &'static str,
    detail: &'a str,
    file: &'a str,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_base64: Option<String>,
}

/// Counts rejects, and writes them if there is a file for them.
pub struct Rejects {
    file: Option<OutputFile>,
    inputs: Vec<String>,
    by_reason: BTreeMap<u8, u64>,
    seen: Seen,
}

impl Rejects {
    /// Begins the file. `inputs` are the files that the lines come from, with these names.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: Option<&Path>, inputs: &[InputPath], names: Names) -> anyhow::Result<Self> {
        Ok(Self {
            file: path.map(|path| OutputFile::create_table(path, Table::RejectedLines)).transpose()?,
            inputs: inputs.iter().map(|input| input.display().to_string()).collect(),
            by_reason: BTreeMap::new(),
            seen: Seen::new(names),
        })
    }

    /// Adds the rejects of a round.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, rejects: &[Reject], origins: &Origins) -> anyhow::Result<()> {
        for reject in rejects {
            *self.by_reason.entry(reject.reason as u8).or_default() += 1;
            let Origin { file: input, line } = origins.of(reject.position);
            if matches!(reject.reason, Reason::Malformed | Reason::Invalid) {
                self.seen.add(&reject.value, || format!("{}, line {line}", self.inputs[input as usize]));
            }
            let Some(file) = &mut self.file else {
                continue;
            };
            let value = std::str::from_utf8(&reject.value).ok();
            let line = Line {
                reason: reject.reason.name(),
                detail: &reject.detail,
                file: &self.inputs[input as usize],
                line,
                value,
                value_base64: value.is_none().then(|| BASE64_STANDARD.encode(&reject.value)),
            };
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            file.write(&text)?;
        }
        Ok(())
    }

    /// How many there are of a reason.
    pub fn of(&self, reason: Reason) -> u64 {
        self.by_reason.get(&(reason as u8)).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.by_reason.values().sum()
    }

    /// What they are, where it is recognised.
    pub fn formats(&self) -> impl Iterator<Item = &SeenFormat> {
        self.seen.formats()
    }

    /// The file, to be completed; `None` if there is none, or not any more.
    pub fn take_file(&mut self) -> Option<OutputFile> {
        self.file.take()
    }
}
