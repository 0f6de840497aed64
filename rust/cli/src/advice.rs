//! What to do about an error of the operating system, which itself only says what is wrong.

use std::io::{Error, ErrorKind};

/// What would be right, for an error that has its cause in the operating system; `None` for one that
/// says so itself.
pub fn advice(error: &anyhow::Error) -> Option<&'static str> {
    let cause = error.chain().find_map(|cause| cause.downcast_ref::<Error>())?;
    Some(match cause.kind() {
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
    })
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
        assert_eq!(advice(&anyhow::anyhow!("--rate is 0; a number above 0 is wanted")), None);
    }
}
