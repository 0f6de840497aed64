//! No command writes a file twice, or a file that it reads, however the file is spelled.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::fs::{read, read_dir, write, OpenOptions};
use std::os::unix::fs::{symlink, FileTypeExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use callweave::paths::{InputPath, OutputPath};
use callweave::source::Source;
use clap::builder::ValueParser;
use clap::{value_parser, Arg, ValueHint};
use support::{command, path, text};

const CALL: &str = r#"{"id":"a","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"latency_msec":1}
"#;

/// A flag or argument that names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PathOption {
    /// `--out` or `IN`.
    name: String,
    is_written: bool,
}

fn is_of<T>(arg: &Arg, parser: T) -> bool
where
    ValueParser: From<T>,
{
    arg.get_value_parser().type_id() == ValueParser::from(parser).type_id()
}

/// The path options of each subcommand, by its definition.
fn path_options() -> BTreeMap<String, Vec<PathOption>> {
    let mut all = BTreeMap::new();
    for subcommand in callweave::command_line().get_subcommands() {
        let mut options = Vec::new();
        for arg in subcommand.get_arguments() {
            let is_written = is_of(arg, value_parser!(OutputPath));
            if is_written || is_of(arg, value_parser!(InputPath)) || is_of(arg, Source::reader()) {
                let position = || arg.get_value_names().unwrap()[0].to_string();
                let name = arg.get_long().map_or_else(position, |long| format!("--{long}"));
                options.push(PathOption { name, is_written });
            }
        }
        all.insert(subcommand.get_name().to_owned(), options);
    }
    all
}

/// A command with these files, and what else it needs.
fn with_files(subcommand: &str, files: &[(&PathOption, &str)]) -> Vec<String> {
    let mut arguments = vec![subcommand.to_owned()];
    let mut positions = 0;
    for (option, file) in files {
        if option.name.starts_with("--") {
            arguments.push(option.name.clone());
        } else {
            positions += 1;
        }
        arguments.push((*file).to_owned());
    }
    let has = |name: &str| files.iter().any(|(option, _)| option.name == name);
    let rest: &[&str] = match subcommand {
        "link" | "report" if positions == 0 && !has("--out") => &["other-in", "--out", "other-out"],
        "link" | "report" if positions == 0 => &["other-in"],
        "link" | "report" if !has("--out") => &["--out", "other-out"],
        "check" | "show" if positions == 0 => &["other-in"],
        "compare" if positions == 0 && has("--truth") => &["other-in"],
        "compare" if positions == 1 && !has("--truth") => &["other-in"],
        "simulate" => &["--calls", "3"],
        _ => &[],
    };
    arguments.extend(rest.iter().map(|&rest| rest.to_owned()));
    arguments
}

/// A folder with one file in all spellings, and another input.
fn folder_of_spellings() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(at("file"), CALL).unwrap();
    write(at("other-in"), CALL).unwrap();
    std::fs::hard_link(at("file"), at("hard")).unwrap();
    symlink("file", at("soft")).unwrap();
    symlink("soft", at("chain")).unwrap();
    symlink(".", at("folder")).unwrap();
    symlink("new", at("dangling")).unwrap();
    folder
}

fn run_in(folder: &Path, arguments: &[String]) -> Output {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    command(&arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn is_refused(folder: &Path, arguments: &[String], output: &Output, names: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    assert!(stderr.starts_with("error: "), "{arguments:?}: {stderr}");
    assert!(names.iter().all(|name| stderr.contains(name)), "{arguments:?}: {stderr}");
    assert_eq!(read(folder.join("file")).unwrap(), CALL.as_bytes(), "{arguments:?}");
    assert_eq!(read_dir(folder).unwrap().count(), 7, "{arguments:?}: a file has come");
}

#[test]
fn every_path_of_the_command_line_says_whether_it_is_read_or_written() {
    for subcommand in callweave::command_line().get_subcommands() {
        for arg in subcommand.get_arguments() {
            let is_path = arg.get_value_hint() == ValueHint::AnyPath;
            assert!(
                !is_path,
                "{} of {} is any path: InputPath, OutputPath, or the hint DirPath for a folder",
                arg,
                subcommand.get_name()
            );
        }
    }
    let names = |subcommand: &str| -> Vec<String> {
        path_options()[subcommand].iter().map(|option| option.name.clone()).collect()
    };
    let link = ["IN", "--out", "--rejects", "--chains", "--edges", "--alerts", "--alert-rules", "--spans"];
    assert_eq!(names("link"), [&link[..], &["--services"]].concat());
    let simulate = ["--topology", "--incidents", "--kafka-config", "--out", "--truth", "--incidents-truth"];
    assert_eq!(names("simulate"), simulate);
    assert_eq!(names("check"), ["IN", "--kafka-config"]);
    assert_eq!(names("compare"), ["RESULT", "--truth", "--kafka-config"]);
    assert_eq!(names("show"), ["IN", "--kafka-config"]);
    assert_eq!(names("report"), ["IN", "--out", "--kafka-config", "--services"]);
    assert_eq!(names("verify"), ["--kafka-config", "--alert-rules", "--services"]);
    let autoscale = ["FILE", "--password-file", "--ca-file", "--jar", "--history", "--kafka-config"];
    assert_eq!(names("autoscale"), autoscale);
}

#[test]
fn no_two_options_may_name_a_file_that_one_of_them_writes() {
    let spellings = [
        ("file", "file"),
        ("file", "./file"),
        ("file", "hard"),
        ("soft", "file"),
        ("chain", "hard"),
        ("folder/file", "soft"),
        ("new", "folder/new"),
        ("dangling", "./new"),
    ];
    let folder = folder_of_spellings();
    let mut pairs = 0;
    for (subcommand, options) in path_options() {
        for (position, one) in options.iter().enumerate() {
            for other in options[position + 1..].iter().filter(|other| one.is_written || other.is_written) {
                pairs += 1;
                for (first, second) in spellings {
                    for (first, second) in [(first, second), (second, first)] {
                        let arguments = with_files(&subcommand, &[(one, first), (other, second)]);
                        let output = run_in(folder.path(), &arguments);
                        is_refused(folder.path(), &arguments, &output, &[&one.name, &other.name]);
                    }
                }
            }
        }
    }
    assert_eq!(pairs, 33 + 12 + 5 + 3, "of link, simulate, autoscale and report");
}

#[test]
fn stdout_can_take_one_output_only() {
    let folder = folder_of_spellings();
    symlink("/proc/self/fd/1", folder.path().join("stdout")).unwrap();
    std::fs::remove_file(folder.path().join("chain")).unwrap();
    for (subcommand, options) in path_options() {
        let written: Vec<&PathOption> = options.iter().filter(|option| option.is_written).collect();
        for (position, one) in written.iter().enumerate() {
            for other in &written[position + 1..] {
                for (first, second) in [("-", "-"), ("-", "stdout"), ("stdout", "/dev/stdout")] {
                    let arguments = with_files(&subcommand, &[(one, first), (other, second)]);
                    let output = run_in(folder.path(), &arguments);
                    is_refused(folder.path(), &arguments, &output, &[&one.name, &other.name]);
                    assert!(output.stdout.is_empty());
                }
            }
        }
    }
}

#[test]
fn stdin_can_be_read_only_once() {
    for arguments in [&["check", "-", "-"][..], &["compare", "-", "-"], &["compare", "-", "--truth", "-"]] {
        let output = command(arguments).stdin(Stdio::null()).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("only once") && stderr.lines().count() == 1, "{stderr}");
    }
}

/// Runs a command in a shell's way: `<redirection>` is `< file`, `>> file` or `2>> file`.
fn redirected(folder: &Path, arguments: &[String], redirection: &str) -> Output {
    let mut arguments: Vec<String> = arguments.to_vec();
    arguments.insert(0, env!("CARGO_BIN_EXE_callweave").to_owned());
    let script = format!("exec \"$@\" {redirection}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh"]).args(&arguments).current_dir(folder);
    shell.output().unwrap()
}

#[test]
fn stdout_and_stderr_may_not_go_into_a_file_that_an_option_names() {
    let folder = folder_of_spellings();
    for (subcommand, options) in path_options() {
        for option in &options {
            for spelling in ["file", "hard", "chain"] {
                let arguments = with_files(&subcommand, &[(option, spelling)]);
                let output = redirected(folder.path(), &arguments, ">> file");
                is_refused(folder.path(), &arguments, &output, &[&option.name, "stdout"]);
                redirected(folder.path(), &arguments, "2>> file");
                let after = String::from_utf8(read(folder.path().join("file")).unwrap()).unwrap();
                let refusal = after.strip_prefix(CALL).unwrap();
                assert!(
                    refusal.contains("error: ") && refusal.contains("stderr"),
                    "{arguments:?}: {refusal}"
                );
                write(folder.path().join("file"), CALL).unwrap();
            }
        }
    }
}

#[test]
fn what_stdin_brings_may_not_be_written() {
    let folder = folder_of_spellings();
    for arguments in [&["link", "-", "-o", "soft"][..], &["link", "-", "-o", "other", "--rejects", "hard"]] {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let output = redirected(folder.path(), &arguments, "< file");
        is_refused(folder.path(), &arguments, &output, &["IN -"]);
    }
    let arguments = ["link", "-", "-o", "-"].map(str::to_owned);
    let output = redirected(folder.path(), &arguments, "< file >> hard");
    is_refused(folder.path(), &arguments, &output, &["IN -", "--out -"]);
}

#[test]
fn streams_that_are_no_files_may_be_named_as_often_as_one_likes() {
    let folder = folder_of_spellings();
    let runs: [(&[&str], &str); 5] = [
        (&["link", "file", "-o", "/dev/null", "--rejects", "/dev/null"], "> /dev/null"),
        (&["link", "-", "-o", "-"], "< /dev/null > /dev/null"),
        (&["link", "file", "-o", "-"], "> both 2>&1"),
        (&["check", "file", "file"], ""),
        (&["compare", "/dev/null", "/dev/null"], "2>&1 > report"),
    ];
    for (arguments, redirection) in runs {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let output = redirected(folder.path(), &arguments, redirection);
        let stderr = text(&output.stderr);
        assert!(!stderr.contains("write") && !stderr.contains("once"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn rejects_go_to_stderr_through_a_link_which_stays() {
    let folder = folder_of_spellings();
    write(folder.path().join("file"), "no call\n").unwrap();
    for target in ["/proc/self/fd/2", "/dev/stderr"] {
        let link = folder.path().join("link");
        symlink(target, &link).unwrap();
        for redirection in ["", "2> log"] {
            let arguments = ["link", "file", "-o", "out", "--rejects", "link"].map(str::to_owned);
            let output = redirected(folder.path(), &arguments, redirection);
            assert!(output.status.success(), "{}", text(&output.stderr));
            let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            let said = text(&output.stderr) + &log;
            assert!(said.contains(r#""value":"no call""#) && said.contains("read 1 lines"), "{said}");
            assert_eq!(link.read_link().unwrap(), Path::new(target));
        }
        std::fs::remove_file(&link).unwrap();
        std::fs::remove_file(folder.path().join("log")).unwrap();
    }
}

#[test]
fn a_pipe_is_written_to_and_stays_a_pipe() {
    let folder = folder_of_spellings();
    let pipe = path(folder.path(), "pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for arguments in [&["link", "file", "-o", &pipe][..], &["simulate", "--calls", "3", "--out", &pipe]] {
        let from = pipe.clone();
        let reader = std::thread::spawn(move || read(from).unwrap());
        let output = command(arguments).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(text(&reader.join().unwrap()).starts_with("{\"id\":"));
        assert!(Path::new(&pipe).metadata().unwrap().file_type().is_fifo());
    }
}

#[test]
fn an_output_that_may_not_be_written_is_refused_before_the_work() {
    let folder = folder_of_spellings();
    std::fs::create_dir(folder.path().join("taken")).unwrap();
    let arguments = ["link", "file", "-o", "taken"].map(str::to_owned);
    let output = run_in(folder.path(), &arguments);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("error: cannot create taken"), "{stderr}");
    // Whoever reads the file meanwhile holds the old one.
    OpenOptions::new().read(true).open(folder.path().join("file")).unwrap();
}
