//! Keeps two changes of one job apart, on this machine.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{bail, Context};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// Held until it is dropped, or the process ends in whatever way.
pub struct Lock {
    _file: Flock<File>,
}

impl Lock {
    /// Takes the lock beside a job file.
    ///
    /// # Errors
    /// When another process has it, or the file cannot be made.
    pub fn take(beside: &Path) -> anyhow::Result<Self> {
        let path = path(beside);
        let file = File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("cannot open the lock {}", path.display()))?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(file) => Ok(Self { _file: file }),
            Err((_, Errno::EWOULDBLOCK)) => bail!(
                "another callweave job is at work on {}: it holds {}; wait until it ends",
                beside.display(),
                path.display()
            ),
            Err((_, errno)) => bail!("cannot lock {}: {errno}", path.display()),
        }
    }
}

fn path(beside: &Path) -> PathBuf {
    let mut path = beside.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_change_is_refused_until_the_first_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.yaml");
        let first = Lock::take(&file).unwrap();
        let Err(refusal) = Lock::take(&file) else { panic!("taken twice") };
        assert!(refusal.to_string().contains("wait until it ends"), "{refusal}");
        drop(first);
        assert!(Lock::take(&file).is_ok());
    }
}
