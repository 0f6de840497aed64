//! A wrong value of an option is refused at once, in one line that says what would be right.

#![allow(clippy::unwrap_used)]

mod support;

use std::process::Output;

use callweave::values::is_number;
use clap::{Arg, Command};
use support::{callweave, command, path, text};

/// What the job's own test holds to the job as well.
const TABLE: &str = include_str!("../../../flink-job/src/test/resources/option-values.tsv");

/// Values of an option of the job, and whether they are taken.
fn values(option: &str) -> Vec<(&'static str, bool)> {
    let mut lines = TABLE.lines();
    assert_eq!(lines.next().unwrap(), "option\tvalue\ttaken");
    let rows = lines.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [option, value, taken] = columns.try_into().unwrap();
        (option, value, taken == "yes")
    });
    rows.filter(|(of, ..)| *of == option).map(|(_, value, taken)| (value, taken)).collect()
}

/// What a subcommand needs beside an option.
fn rest(subcommand: &str) -> &'static [&'static str] {
    match subcommand {
        "link" | "report" => &["in", "--out", "out"],
        "check" | "show" => &["in"],
        "compare" => &["a", "b"],
        _ => &[],
    }
}

/// Whether the command line is right so far.
fn is_taken(arguments: &[&str]) -> bool {
    let arguments = [&["callweave"], arguments].concat();
    callweave::command_line().try_get_matches_from(arguments).is_ok()
}

/// The one line with which a wrong value is refused.
fn refusal(output: &Output) -> String {
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
    assert_eq!(text(&output.stdout), "");
    stderr
}

fn numbers(subcommand: &Command) -> impl Iterator<Item = &str> {
    subcommand.get_arguments().filter(|arg| is_number(arg)).filter_map(Arg::get_long)
}

#[test]
fn every_option_that_is_a_number_says_what_is_wrong_and_what_would_be_right() {
    let mut looked_at = 0;
    for subcommand in callweave::command_line().get_subcommands() {
        for option in numbers(subcommand) {
            looked_at += 1;
            let flag = format!("--{option}");
            for value in ["abc", "", " 5", "1e999", "-1", "5ms", "1,5"] {
                let mut arguments = vec![subcommand.get_name(), &flag, value];
                arguments.extend(rest(subcommand.get_name()));
                let error = callweave::command_line()
                    .try_get_matches_from([&["callweave"], &arguments[..]].concat())
                    .err()
                    .unwrap_or_else(|| panic!("{arguments:?} is taken"))
                    .to_string();
                let is = format!("error: {flag} is '{value}'; a");
                assert!(error.starts_with(&is) && error.ends_with(" is wanted\n"), "{arguments:?}: {error}");
                assert_eq!(error.lines().count(), 1, "{error}");
            }
        }
    }
    assert!(looked_at > 40, "{looked_at}");
}

#[test]
fn bounds_and_unit_of_a_number_are_told() {
    for (arguments, expected) in [
        (
            &["check", "in", "--max-out-of-order-ms", "abc"][..],
            "--max-out-of-order-ms is 'abc'; an integer from 0 to 86400000 ms is wanted",
        ),
        (&["check", "in", "--show", "5000"], "--show is '5000'; an integer from 0 to 1000 is wanted"),
        (&["verify", "--timeout=-1"], "--timeout is '-1'; an integer from 0 to 31536000 seconds is wanted"),
        (&["simulate", "--rate", "fast"], "--rate is 'fast'; a number above 0 calls a second is wanted"),
        (
            &["verify", "--outputs", "links,rejects"],
            "--outputs is 'links,rejects'; one or more of links, chains, edges, spans, alerts with commas between is wanted",
        ),
        (&["simulate", "--late", "2"], "--late is '2'; a number from 0 to 1 is wanted"),
        (
            &["simulate", "--interval", "0"],
            "--interval is '0'; a number above 0, at most 86400000 ms is wanted",
        ),
        (
            &["link", "in", "-o", "out", "--pass-through=maybe"],
            "--pass-through is 'maybe'; on or off is wanted",
        ),
    ] {
        assert_eq!(refusal(&callweave(arguments)), format!("error: {expected}\n"));
    }
}

#[test]
fn a_wrong_value_of_a_variable_is_told_with_its_name() {
    for (arguments, variable, value, expected) in [
        (&["check", "in"][..], "SIMPY_MAX_OUT_OF_ORDER_MS", "many", "is 'many'; an integer from 0"),
        (&["check", "in"], "KAFKA_BOOTSTRAP", "localhost", "is wrong: 'localhost' has no port"),
        (&["verify"], "KAFKA_CHAINS_TOPIC", "a/b", "is 'a/b'; a topic name of 1 to 249"),
        (&["verify"], "KAFKA_TOPIC", "a/b", "is 'a/b'; a topic name of 1 to 249"),
    ] {
        let refusal = refusal(&command(arguments).env(variable, value).output().unwrap());
        assert!(refusal.starts_with(&format!("error: {variable} {expected}")), "{refusal}");
    }
}

#[test]
fn brokers_are_taken_and_refused_as_by_the_job() {
    for subcommand in ["check", "compare", "show", "report", "simulate", "verify"] {
        for (value, taken) in values("bootstrap") {
            let bootstrap = format!("--bootstrap={value}");
            let arguments = [&[subcommand, bootstrap.as_str()], rest(subcommand)].concat();
            assert_eq!(is_taken(&arguments), taken, "{arguments:?}");
        }
    }
}

#[test]
fn a_wrong_broker_is_named_before_anything_is_done_and_a_password_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "out");
    for (bootstrap, expected) in [
        ("localhost:abc", "'localhost:abc' has a port that is no number from 1 to 65535"),
        ("a:1,,b:2", "broker 2 of 3 is empty"),
        ("::1", "'::1' has more than one colon: an IPv6 address is put in brackets"),
        ("PLAINTEXT://host:9092", "'PLAINTEXT://host:9092' has a protocol"),
        ("user:hunter2@host:9092", "broker 1 of 1 has a user or a password (not shown)"),
    ] {
        let refusal = refusal(&callweave(&["simulate", "--truth", &out, "--bootstrap", bootstrap]));
        let start = format!("error: --bootstrap is wrong: {expected}");
        assert!(refusal.starts_with(&start) && refusal.contains("HOST:PORT is wanted"), "{refusal}");
        assert!(!refusal.contains("hunter2"), "{refusal}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn names_of_topics_are_taken_and_refused_as_by_the_job() {
    for (option, subcommand, flag) in [
        ("input-topic", "verify", "--input-topic="),
        ("output-topic", "verify", "--output-topic="),
        ("rejects-topic", "verify", "--rejects-topic="),
        // The job reads this name as it does the others.
        ("output-topic", "verify", "--chains-topic="),
        ("input-topic", "simulate", "--topic="),
        ("input-topic", "check", "kafka:"),
        ("input-topic", "show", "kafka:"),
        ("input-topic", "compare", "kafka:"),
        ("input-topic", "compare", "--truth=kafka:"),
    ] {
        for (value, taken) in values(option).into_iter().chain([("", false)]) {
            let topic = format!("{flag}{value}");
            let mut arguments = vec![subcommand, &topic];
            if subcommand == "compare" {
                arguments.push("b");
            }
            assert_eq!(is_taken(&arguments), taken, "{arguments:?}");
        }
    }
    let expected =
        "error: IN is 'a/b'; a topic name of 1 to 249 letters of ASCII, digits, '.', '_' and '-', \
                    other than '.' and '..', is wanted, after kafka:\n";
    assert_eq!(refusal(&callweave(&["check", "kafka:a/b"])), expected);
}
