//! What cannot be printed is no success.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read_dir, write, File};
use std::process::{Command, Output, Stdio};

use support::{callweave, command, path, text};

/// Runs the command with standard streams that the shell closes, as `>&-`.
fn with_closed(redirection: &str, arguments: &[&str]) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec \"$@\" {redirection}"), "sh", env!("CARGO_BIN_EXE_callweave")]);
    shell.args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let calls = path(folder.path(), "calls");
    let call = r#"{"id":"a","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"latency_msec":1}"#;
    write(&calls, call).unwrap();
    (folder, calls)
}

#[test]
fn a_closed_stdout_is_an_error_of_each_subcommand_that_prints() {
    let (folder, calls) = folder();
    let out = path(folder.path(), "out");
    for arguments in [
        &["check", &calls][..],
        &["compare", &calls, &calls],
        &["show", &calls],
        &["verify", "--bootstrap", "127.0.0.1:1"],
        &["link", &calls, "-o", "-"],
        &["link", &calls, "-o", "/dev/stdout"],
        &["report", &calls, "-o", "-"],
        &["simulate", "--calls", "3", "--debug"],
        &["simulate", "--calls", "3", "--out", "-"],
        &["simulate", "--calls", "3", "--print-msg", "--out", &out],
        &["simulate", "--calls", "3", "--truth", "-", "--out", &out],
        &["simulate", "--print-topology"],
        &["--help"],
        &["--version"],
        &["help", "link"],
        &["verify", "--help"],
    ] {
        let output = with_closed(">&-", arguments);
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{arguments:?}: {stderr}");
        let says = "stdout is closed: redirect it to a file, a pipe or /dev/null\n";
        assert!(stderr.starts_with("error: cannot ") && stderr.ends_with(says), "{arguments:?}: {stderr}");
        assert_eq!(read_dir(folder.path()).unwrap().count(), 1, "{arguments:?}");
    }
}

#[test]
fn a_closed_stream_that_is_not_needed_does_not_matter_and_one_that_is_named_does() {
    let (folder, calls) = folder();
    let out = path(folder.path(), "out");
    let done = with_closed(">&- <&-", &["link", &calls, "-o", &out]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let to_nowhere = command(&["check", &calls]).stdout(File::create("/dev/null").unwrap()).output().unwrap();
    assert_ne!(to_nowhere.status.code(), Some(2), "{}", text(&to_nowhere.stderr));
    for arguments in
        [&["link", "-", "-o", &out][..], &["check", "-"], &["simulate", "--topology", "-", "--debug"]]
    {
        let output = with_closed("<&-", arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains("stdin is closed: redirect a file or a pipe to it\n"), "{stderr}");
    }
    let to_stderr = with_closed("2>&-", &["link", &calls, "-o", "/dev/stderr"]);
    assert_eq!(to_stderr.status.code(), Some(2));
}

#[test]
fn help_and_version_on_a_full_disk_are_an_error() {
    for arguments in [&["--help"][..], &["--version"], &["-h"], &["link", "--help"], &["help", "simulate"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(arguments).stdout(full).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("error: cannot print to stdout: No space left"), "{stderr}");
    }
}

#[test]
fn a_file_that_cannot_be_created_is_told_with_what_is_right_for_its_cause() {
    let (folder, calls) = folder();
    let (missing, below) = (path(folder.path(), "missing/out"), path(folder.path(), "calls/out"));
    let inside = folder.path().to_str().unwrap();
    for (out, expected) in [
        (&*missing, format!("the folder {inside}/missing is missing: make it, or give another path")),
        (&below, format!("{calls} is a file, not a folder: give another path")),
        (inside, "give a file, not a folder".to_owned()),
        ("/proc/out", "no file can be made in /proc: give another path".to_owned()),
    ] {
        for arguments in [
            &["link", &calls, "-o", out][..],
            &["link", &calls, "-o", "/dev/null", "--rejects", out],
            &["simulate", "--calls", "3", "--out", out],
            &["simulate", "--calls", "3", "--realtime", "--out", out],
            &["simulate", "--calls", "3", "--debug", "--truth", out],
        ] {
            let output = callweave(arguments);
            let stderr = text(&output.stderr);
            assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
            let start = format!("error: cannot create {out}: ");
            assert!(stderr.starts_with(&start), "{stderr}");
            assert!(stderr.ends_with(&format!("; {expected}\n")), "{arguments:?}: {stderr}");
            assert!(!stderr.contains(".callweave-"), "{stderr}");
        }
    }
}
