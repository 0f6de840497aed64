//! What to do about an error of the operating system, which itself only says what is wrong.

use std::io::{Error, ErrorKind};
use std::path::Path;

/// What would be right, for an error that has its cause in the operating system; `None` for one that
/// says so itself.
pub fn advice(error: &anyhow::Error) -> Option<&'static str> {
    let cause = error.chain().find_map(|cause| cause.downcast_ref::<Error>())?;
    let is_of_system = cause.raw_os_error().is_some();
    // Those of this command that are of this kind have their own advice.
    (is_of_system || cause.kind() != ErrorKind::Unsupported).then(|| of_kind(cause.kind()))
}

/// Why a file cannot be created, and what would be right.
pub fn cannot_create(path: &Path, error: &Error) -> anyhow::Error {
    let right = match error.kind() {
        ErrorKind::Unsupported if error.raw_os_error().is_none() => String::new(),
        kind => format!("; {}", place_for(path, kind)),
    };
    anyhow::anyhow!("cannot create {}: {error}{right}", path.display())
}

fn place_for(path: &Path, kind: ErrorKind) -> String {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let folder_name = folder.display();
    match kind {
        ErrorKind::NotFound if path.is_symlink() => {
            "the link leads to a folder that is missing: make it, or give another path".to_owned()
        }
        ErrorKind::NotFound if !folder.exists() => {
            format!("the folder {folder_name} is missing: make it, or give another path")
        }
        ErrorKind::NotFound => format!("no file can be made in {folder_name}: give another path"),
        ErrorKind::NotADirectory => {
            let file = path.ancestors().skip(1).find(|ancestor| ancestor.is_file()).unwrap_or(folder);
            format!("{} is a file, not a folder: give another path", file.display())
        }
        ErrorKind::PermissionDenied if path.exists() => {
            "this user may not write the file: change its permissions, or give another path".to_owned()
        }
        ErrorKind::PermissionDenied => format!(
            "this user may not make a file in {folder_name}: change its permissions, or give another path"
        ),
        kind => of_kind(kind).to_owned(),
    }
}

fn of_kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "give the path of what is there",
        ErrorKind::IsADirectory => "give a file, not a folder",
        ErrorKind::PermissionDenied => "give a path that this user may use, or change its permissions",
        ErrorKind::ReadOnlyFilesystem => "give a path on a file system that can be written",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room, or give a path on a disk with more"
        }
        ErrorKind::UnexpectedEof => "the file is cut short: make or fetch it again",
        ErrorKind::InvalidData | ErrorKind::InvalidInput => "the file is damaged: make or fetch it again",
        _ => "look at the file and its disk, and try again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn every_error_of_the_operating_system_has_its_advice() {
        let failed = |kind: ErrorKind| {
            Err::<(), _>(Error::from(kind)).context("cannot read calls").context("more").unwrap_err()
        };
        assert_eq!(
            advice(&failed(ErrorKind::StorageFull)),
            Some("make room, or give a path on a disk with more")
        );
        assert!(advice(&failed(ErrorKind::Other)).is_some());
        assert_eq!(advice(&failed(ErrorKind::Unsupported)), None);
        assert_eq!(advice(&anyhow::anyhow!("--rate is 0; a number above 0 is wanted")), None);
    }

    #[test]
    fn where_a_file_cannot_be_created_the_advice_is_that_of_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        std::os::unix::fs::symlink("missing/file", at("link")).unwrap();
        for (name, kind, expected) in [
            ("missing/file", ErrorKind::NotFound, "missing is missing: make it"),
            ("link", ErrorKind::NotFound, "the link leads to a folder that is missing"),
            ("new", ErrorKind::NotFound, "no file can be made in "),
            ("file/new", ErrorKind::NotADirectory, "file is a file, not a folder"),
            ("file", ErrorKind::PermissionDenied, "this user may not write the file"),
            ("new", ErrorKind::PermissionDenied, "this user may not make a file in "),
            ("new", ErrorKind::ReadOnlyFilesystem, "on a file system that can be written"),
            ("new", ErrorKind::StorageFull, "make room"),
            (".", ErrorKind::IsADirectory, "give a file, not a folder"),
        ] {
            let error = cannot_create(&at(name), &Error::from(kind)).to_string();
            assert!(error.contains(expected) && error.matches("; ").count() == 1, "{name}: {error}");
        }
        let without_folder = cannot_create(Path::new("new"), &Error::from(ErrorKind::PermissionDenied));
        assert!(without_folder.to_string().contains("a file in .:"), "{without_folder}");
    }
}
