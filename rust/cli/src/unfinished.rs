//! Files that are not finished yet, and are gone however the process ends.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempPath;

/// All that there are. A process that ends without unwinding, as on a signal, runs no destructors.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that is removed when it is dropped before it is finished.
pub struct Unfinished {
    file: Option<TempPath>,
    path: PathBuf,
    /// The name that it gets when it is finished; `None` if it has it already.
    target: Option<PathBuf>,
}

impl Unfinished {
    /// Begins a file under a name of its own in the folder of `target`, with these permissions less the
    /// umask.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn beside(target: &Path, mode: u32) -> io::Result<(File, Self)> {
        let mut all = lock();
        let folder = target.parent().unwrap_or(Path::new("/"));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".callweave-").suffix(".unfinished");
        let create =
            |path: &Path| OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path);
        let (open, file) = builder.make_in(folder, create)?.into_parts();
        Ok((open, Self::listed(&mut all, file, Some(target.to_owned()))))
    }

    /// Begins a file under its name, so that it can be followed while it grows; one that was there is
    /// emptied.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn in_place(target: &Path) -> io::Result<(File, Self)> {
        let mut all = lock();
        let open = File::create(target)?;
        let file = TempPath::try_from_path(target)?;
        Ok((open, Self::listed(&mut all, file, None)))
    }

    fn listed(all: &mut Vec<PathBuf>, file: TempPath, target: Option<PathBuf>) -> Self {
        let path = file.to_path_buf();
        all.push(path.clone());
        Self { file: Some(file), path, target }
    }

    /// Leaves the file where it belongs: under its name, which it gets in one step.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn finish(mut self) -> io::Result<()> {
        match (self.file.take(), &self.target) {
            (Some(file), Some(target)) => file.persist(target).map_err(|failed| failed.error),
            (Some(file), None) => file.keep().map(drop).map_err(|failed| failed.error),
            (None, _) => Ok(()),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Removed first: a signal in between finds it still listed.
        drop(self.file.take());
        lock().retain(|path| *path != self.path);
    }
}

/// Removes all of them, and lets no other begin: for a process that is about to end.
pub fn remove_all() {
    let all = lock();
    for path in all.iter() {
        // What is gone has just been finished or removed.
        let _ = std::fs::remove_file(path);
    }
    std::mem::forget(all);
}

fn lock() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}
