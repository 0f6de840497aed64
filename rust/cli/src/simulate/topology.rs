//! The topology that the command line asks for.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use callweave_simulate::Topology;

use crate::files;

/// A longer text is not read: it would be no topology.
const MAX_BYTES: u64 = 16 << 20;

/// The topology in a file; `-` is stdin.
///
/// # Errors
/// When it cannot be read or says something wrong.
pub fn read(path: &Path) -> anyhow::Result<Topology> {
    let text = read_text(path)?;
    Topology::parse(&text).with_context(|| format!("topology {}", path.display()))
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let failed = || format!("cannot read {}", path.display());
    let mut text = String::new();
    let read = files::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text).with_context(failed)?;
    anyhow::ensure!(
        read as u64 <= MAX_BYTES,
        "{} is larger than {} MiB: a topology is wanted, as --print-topology prints one",
        path.display(),
        MAX_BYTES >> 20
    );
    Ok(text)
}
