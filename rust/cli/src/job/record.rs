//! What is known of the job that runs, beside the job file: what to go back to.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// The job as it was started last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub job: String,
    /// The id of its jar on the cluster.
    pub jar: String,
    /// Subtasks per operator; `None` for the cluster's.
    pub parallelism: Option<u32>,
    /// What its main class was given. There may be secrets among it.
    pub arguments: Vec<String>,
    /// What it was stopped with last, or has gone on from.
    pub savepoint: Option<String>,
}

impl Record {
    /// The one beside a job file; `None` if there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(beside: &Path) -> anyhow::Result<Option<Self>> {
        let path = path(beside, ".state");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .with_context(|| format!("{} is not what callweave job writes; remove it", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes it as a whole, for the owner's eyes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, beside: &Path) -> anyhow::Result<()> {
        let (path, fresh) = (path(beside, ".state"), path(beside, ".state.new"));
        let text = serde_json::to_string_pretty(self)?;
        let write = || {
            // One of an earlier process may have other rights.
            let _ = std::fs::remove_file(&fresh);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&fresh, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

fn path(beside: &Path, suffix: &str) -> PathBuf {
    let mut path = beside.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nobody_else_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.yaml");
        assert_eq!(Record::read(&file).unwrap(), None);
        let record = Record {
            job: "a".to_owned(),
            jar: "b".to_owned(),
            parallelism: Some(2),
            arguments: vec!["--kafka.password=secret".to_owned()],
            savepoint: None,
        };
        record.write(&file).unwrap();
        record.write(&file).unwrap();
        assert_eq!(Record::read(&file).unwrap(), Some(record));
        let mode = folder.path().join("shop.yaml.state").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
