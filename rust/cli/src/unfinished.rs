//! Files that do not have their names yet, and are gone however the process ends.

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempPath;

/// All that there are. A process that ends without unwinding, as on a signal, runs no destructors.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file under a name of its own. Dropped, it is removed.
pub struct Unfinished {
    file: Option<TempPath>,
    path: PathBuf,
}

impl Unfinished {
    /// Begins a file in a folder, with these permissions less the umask.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(folder: &Path, mode: u32) -> io::Result<(File, Self)> {
        let mut all = lock();
        let mut builder = tempfile::Builder::new();
        builder.prefix(".callweave-").suffix(".unfinished");
        builder.permissions(PermissionsExt::from_mode(mode));
        let (open, file) = builder.tempfile_in(folder)?.into_parts();
        let path = file.to_path_buf();
        all.push(path.clone());
        Ok((open, Self { file: Some(file), path }))
    }

    /// Gives the file its name, in one step.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn persist(mut self, target: &Path) -> io::Result<()> {
        match self.file.take() {
            Some(file) => file.persist(target).map_err(|failed| failed.error),
            None => Ok(()),
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
