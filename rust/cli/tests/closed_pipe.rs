//! A reader that goes away ends each subcommand without a word.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read_dir, write};
use std::io::{pipe, PipeWriter};
use std::process::{Output, Stdio};

use support::{callweave, command, path, text};

/// Nobody reads it.
fn closed() -> PipeWriter {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer
}

fn without_reader(arguments: &[&str]) -> Output {
    command(arguments).stdin(Stdio::null()).stdout(closed()).stderr(Stdio::piped()).output().unwrap()
}

#[test]
fn no_subcommand_says_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let (calls, linked) = (path(folder.path(), "calls"), path(folder.path(), "linked"));
    let (truth, rejects) = (path(folder.path(), "truth"), path(folder.path(), "rejects"));
    let made = callweave(&["simulate", "--calls", "2000", "--seed", "1", "--out", &calls, "--truth", &truth]);
    assert!(made.status.success());
    let chains = path(folder.path(), "chains");
    let linked_too = callweave(&["link", &calls, "-o", &linked, "--chains", &chains]);
    assert!(linked_too.status.success());
    let files = read_dir(folder.path()).unwrap().count();
    for arguments in [
        &["check", &calls][..],
        &["check", &calls, "--json"],
        &["compare", &linked, &linked],
        &["compare", &linked, &linked, "--json"],
        &["compare", &linked, "--truth", &truth],
        &["show", &chains],
        &["link", &calls, "-o", "-"],
        &["link", &calls, "-o", "-", "--rejects", &rejects],
        &["link", &calls, "-o", "/dev/stdout", "--sort"],
        &["simulate", "--calls", "2000", "--out", "-"],
        &["simulate", "--calls", "2000", "--debug", "--truth", &rejects],
        &["simulate", "--calls", "2000", "--print-msg", "--out", "/dev/null"],
        &["simulate", "--print-topology"],
        &[
            "simulate",
            "--rate",
            "1000",
            "--delay-scale-ms",
            "1",
            "--realtime",
            "--print-msg",
            "--out",
            &rejects,
        ],
    ] {
        let output = without_reader(arguments);
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
        assert_eq!(read_dir(folder.path()).unwrap().count(), files, "{arguments:?}: a part is no file");
    }
}

#[test]
fn help_that_nobody_reads_is_no_error() {
    for arguments in [&["--help"][..], &["link", "--help"], &["--version"], &["help", "verify"]] {
        let output = without_reader(arguments);
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn without_a_reader_of_stderr_the_work_is_done_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (calls, linked) = (path(folder.path(), "calls"), path(folder.path(), "linked"));
    for (arguments, code) in [
        (&["simulate", "--calls", "20", "--out", &calls][..], 0),
        (&["link", &calls, "-o", &linked], 0),
        (&["check", &path(folder.path(), "nothing")], 2),
    ] {
        let status = command(arguments).stdout(Stdio::null()).stderr(closed()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
    assert_eq!(std::fs::read_to_string(linked).unwrap().lines().count(), 20);
}

#[test]
fn an_error_of_a_disk_is_not_a_reader_that_went_away() {
    let folder = tempfile::tempdir().unwrap();
    let calls = path(folder.path(), "calls");
    write(&calls, "").unwrap();
    let output = command(&["simulate", "--calls", "2000", "--out", "/dev/full"]).output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("error: cannot write /dev/full"), "{stderr}");
}
