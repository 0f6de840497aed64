//! A signal ends each subcommand at once, whatever it waits for, and no unfinished file stays.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::{read_dir, read_to_string, write};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{command, path, text};

/// More than any machine needs.
const LIMIT: Duration = Duration::from_secs(120);
const ENDS: [(&str, i32); 2] = [("INT", 130), ("TERM", 143)];

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LIMIT, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the process takes its signals itself.
fn takes_signals(child: &Child) -> bool {
    let status = read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
    u64::from_str_radix(blocked.trim(), 16).unwrap() & 2 != 0
}

/// Whether this process, and so what it starts, was started to outlive its terminal.
fn is_hangup_ignored() -> bool {
    let status = read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(ignored.trim(), 16).unwrap() & 1 != 0
}

fn signal(child: &Child, name: &str) {
    let arguments = [format!("-{name}"), child.id().to_string()];
    assert!(Command::new("kill").args(arguments).status().unwrap().success());
}

/// The exit code; a process that does not end is killed, and the test fails.
fn exit_code(mut child: Child, what: &str) -> Option<i32> {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    assert!(child.wait().unwrap().success(), "{what} does not end");
    None
}

fn unfinished(folder: &Path) -> usize {
    let names = read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().starts_with(".callweave-")).count()
}

/// A folder with an input, a finished output, and a pipe that nobody else opens.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let call = r#"{"id":"a","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"latency_msec":1}"#;
    write(folder.path().join("in"), call).unwrap();
    write(folder.path().join("out"), "before").unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    folder
}

/// Ends the command with SIGINT and with SIGTERM once `is_there` says that it is where it should be.
fn ends_at_once(arguments: &[&str], is_there: impl Fn(&Path) -> bool) {
    for (name, code) in ENDS {
        let folder = folder();
        let what = format!("callweave {} at SIG{name}", arguments.join(" "));
        let mut command = command(arguments);
        command.current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // Held open, so that it waits.
        let stdin = child.stdin.take();
        eventually(&what, || takes_signals(&child) && is_there(folder.path()));
        signal(&child, name);
        assert_eq!(exit_code(child, &what), Some(code), "{what}");
        drop(stdin);
        assert_eq!(unfinished(folder.path()), 0, "{what}");
        assert_eq!(read_to_string(folder.path().join("out")).unwrap(), "before", "{what}");
    }
}

#[test]
fn a_command_that_waits_for_stdin_ends() {
    let anywhere = |_: &Path| true;
    for arguments in [
        &["check", "-"][..],
        &["compare", "-", "in"],
        &["show", "-"],
        &["compare", "in", "--truth", "-"],
        &["simulate", "--topology", "-", "--debug"],
        &["link", "-", "-o", "-"],
        &["report", "-", "-o", "-"],
    ] {
        ends_at_once(arguments, anywhere);
    }
}

#[test]
fn link_and_report_leave_no_unfinished_file() {
    // Rejects come first, and then the command waits for the beginning of its input.
    for arguments in [
        &["link", "-", "-o", "out", "--rejects", "rejects"][..],
        &["link", "--sort", "-", "-o", "out", "--rejects", "rejects"],
        &["link", "in", "-", "-o", "out", "--rejects", "rejects"],
        &["link", "pipe", "-o", "out", "--rejects", "rejects"],
        &["report", "-", "-o", "out"],
    ] {
        ends_at_once(arguments, |folder| unfinished(folder) == 1);
    }
}

#[test]
fn a_command_that_waits_for_a_reader_or_a_writer_ends() {
    let anywhere = |_: &Path| true;
    for arguments in [
        &["check", "pipe"][..],
        &["compare", "pipe", "in"],
        &["show", "pipe"],
        &["link", "in", "-o", "pipe"],
        &["simulate", "--calls", "5", "--out", "pipe"],
        &["simulate", "--calls", "5", "--topology", "pipe", "--debug"],
    ] {
        ends_at_once(arguments, anywhere);
    }
    ends_at_once(&["link", "in", "-o", "pipe", "--rejects", "out"], |folder| unfinished(folder) == 1);
}

#[test]
fn a_command_that_waits_for_a_broker_ends() {
    for arguments in [
        &["check", "kafka:calls"][..],
        &["verify", "--wait"],
        &["compare", "kafka:a", "kafka:b"],
        &["show", "kafka:chains"],
        &["report", "kafka:chains", "-o", "-"],
        &["simulate", "--calls", "5"],
        &["simulate", "--stream"],
    ] {
        // Takes connections, and says nothing.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let bootstrap = listener.local_addr().unwrap().to_string();
        let arguments = [arguments, &["--bootstrap", &bootstrap]].concat();
        ends_at_once(&arguments, |_| listener.accept().is_ok());
    }
}

/// Ends a simulation that prints, once it has printed a record. Returns how many it has printed, its exit
/// code and what it has told.
fn ended_while_it_prints(folder: &Path, flags: &[&str], name: &str) -> (usize, Option<i32>, String) {
    let mut command = command(&[&["simulate"], flags].concat());
    command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    signal(&child, name);
    let records = 1 + lines.count();
    let output = child.wait_with_output().unwrap();
    (records, output.status.code(), text(&output.stderr))
}

#[test]
fn a_bounded_simulation_leaves_whole_records_on_stdout_and_no_file() {
    for (name, code) in ENDS {
        let folder = folder();
        let flags =
            ["--debug", "--count", "100000", "--realtime", "--delay-scale-ms", "1", "--truth", "truth"];
        let (records, ended, stderr) = ended_while_it_prints(folder.path(), &flags, name);
        assert_eq!(ended, Some(code), "{stderr}");
        assert!(stderr.contains(&format!("{records} valid calls")), "{stderr}");
        assert!(stderr.contains("truth was not finished and is not kept\n"), "{stderr}");
        assert!(!folder.path().join("truth").exists() && unfinished(folder.path()) == 0);
    }
}

#[test]
fn a_bounded_simulation_into_a_file_leaves_none_and_keeps_what_was_there_unless_it_could_be_followed() {
    for (name, code) in ENDS {
        for (pace, is_kept) in
            [(&["--calls", "100000000"][..], true), (&["--calls", "9999", "--realtime"], false)]
        {
            let folder = folder();
            let files = ["--delay-scale-ms", "1", "--print-msg", "--out", "out", "--truth", "truth"];
            let (_, ended, stderr) = ended_while_it_prints(folder.path(), &[pace, &files].concat(), name);
            assert_eq!(ended, Some(code), "{stderr}");
            let before = read_to_string(folder.path().join("out")).ok();
            assert_eq!(before.as_deref(), is_kept.then_some("before"), "{pace:?}");
            assert!(!folder.path().join("truth").exists() && unfinished(folder.path()) == 0, "{pace:?}");
        }
    }
}

#[test]
fn a_stream_that_is_ended_leaves_its_files_whole() {
    for (name, _) in ENDS {
        for (out, truth) in [("calls", "truth"), ("calls.gz", "truth.zst")] {
            let folder = folder();
            let flags = ["--stream", "--rate", "500", "--delay-scale-ms", "1", "--print-msg"];
            let flags = [&flags[..], &["--out", out, "--truth", truth]].concat();
            let (records, ended, stderr) = ended_while_it_prints(folder.path(), &flags, name);
            assert_eq!(ended, Some(0), "{stderr}");
            for file in [out, truth] {
                let lines = callweave::files::open(&folder.path().join(file)).unwrap().lines();
                assert_eq!(lines.map(Result::unwrap).count(), records, "{file}: {stderr}");
            }
            assert_eq!(unfinished(folder.path()), 0);
        }
    }
}

#[test]
fn a_signal_that_comes_before_a_stream_has_begun_ends_it_as_any_other_command() {
    let anywhere = |_: &Path| true;
    ends_at_once(&["simulate", "--stream", "--topology", "-", "--out", "out", "--truth", "out2"], anywhere);
    ends_at_once(&["simulate", "--stream", "--out", "pipe", "--truth", "out"], |folder| {
        unfinished(folder) == 1
    });
}

#[test]
fn a_simulation_that_cannot_end_by_itself_is_ended() {
    let folder = folder();
    let truth = path(folder.path(), "truth");
    // Nobody reads after the first line, so that the pipe is full soon.
    let mut command = command(&["simulate", "--calls", "100000000", "--debug", "--truth", &truth]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    signal(&child, "TERM");
    assert_eq!(exit_code(child, "a simulation whose reader waits"), Some(143));
    assert_eq!(unfinished(folder.path()), 0);
}

#[test]
fn a_terminal_that_goes_away_ends_the_command_without_a_trace() {
    if is_hangup_ignored() {
        println!("skipped: these tests were started to outlive their terminal");
        return;
    }
    let folder = folder();
    let mut command = command(&["link", "-", "-o", "out"]);
    let mut child =
        command.current_dir(folder.path()).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let stdin = child.stdin.take();
    eventually("it takes signals", || takes_signals(&child));
    signal(&child, "HUP");
    assert_eq!(exit_code(child, "a command without a terminal"), Some(129));
    drop(stdin);
    assert_eq!(unfinished(folder.path()), 0);
}

#[test]
fn a_process_that_is_to_outlive_its_terminal_does() {
    let folder = folder();
    let mut shell = Command::new("sh");
    let script = "trap '' HUP; exec \"$@\"";
    shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_callweave"), "link", "-", "-o", "out"]);
    shell.current_dir(folder.path()).stdin(Stdio::piped()).stderr(Stdio::null());
    let mut child = shell.spawn().unwrap();
    let stdin = child.stdin.take();
    eventually("it begins", || takes_signals(&child) && unfinished(folder.path()) == 0);
    signal(&child, "HUP");
    drop(stdin);
    assert_eq!(exit_code(child, "a command without a terminal"), Some(0));
}
