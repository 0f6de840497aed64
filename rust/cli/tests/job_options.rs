//! The options that the command shares with the job are the job's, to the bounds.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::write;
use std::process::Stdio;

use callweave::job_options::table::{check_all, Rule, ALL};
use clap::{Arg, Command};
use support::{command, path, text};

/// What the job's own test holds to the job.
const TABLE: &str = include_str!("../../../flink-job/src/test/resources/job-options.tsv");

struct Row {
    option: &'static str,
    environment: &'static str,
    default: &'static str,
    bounds: Option<(i64, i64)>,
}

fn table() -> Vec<Row> {
    let mut lines = TABLE.lines();
    assert_eq!(lines.next().unwrap(), "option\tenvironment\tdefault\tleast\tmost");
    let row = |line: &'static str| {
        let columns: Vec<&'static str> = line.split('\t').collect();
        let [option, environment, default, least, most] = columns.try_into().unwrap();
        let bounds = least.parse().ok().zip(most.parse().ok());
        Row { option, environment, default, bounds }
    };
    lines.map(row).collect()
}

/// The job's name of an option, if the job has it.
fn row_of<'a>(table: &'a [Row], subcommand: &Command, arg: &Arg) -> Option<&'a Row> {
    let name = match (subcommand.get_name(), arg.get_long()?) {
        // What autoscale is not told it reads from the job file.
        ("autoscale", _) => return None,
        ("simulate", "topic") => "input-topic",
        (_, long) => long,
    };
    table.iter().find(|row| row.option == name)
}

fn takes(subcommand: &Command, option: &str, value: &str) -> bool {
    let rest: &[&str] = match subcommand.get_name() {
        "link" => &["in", "--out", "out"],
        "check" | "show" => &["in"],
        "compare" => &["a", "b"],
        _ => &[],
    };
    let flag = format!("--{option}={value}");
    let arguments = ["callweave", subcommand.get_name()].into_iter();
    let arguments = arguments.chain(rest.iter().copied()).chain([&*flag]);
    callweave::command_line().try_get_matches_from(arguments).is_ok()
}

#[test]
fn names_variables_defaults_and_bounds_are_the_jobs() {
    let table = table();
    let mut held = 0;
    for subcommand in callweave::command_line().get_subcommands() {
        for arg in subcommand.get_arguments() {
            let Some(row) = row_of(&table, subcommand, arg) else {
                let is_jobs = arg.get_help_heading() == Some("Options of the job");
                let is_known = arg.get_long() == Some("idle-flush-possible");
                assert!(!is_jobs || is_known, "the job has no option {arg}");
                continue;
            };
            held += 1;
            let option = arg.get_long().unwrap();
            let what = format!("--{option} of {}", subcommand.get_name());
            let variable = arg.get_env().map_or("", |name| name.to_str().unwrap());
            assert_eq!(variable, row.environment, "{what}");
            let default: Vec<_> =
                arg.get_default_values().iter().map(|value| value.to_str().unwrap()).collect();
            assert_eq!(default.join(" "), row.default, "{what}");
            assert!(!takes(subcommand, option, ""), "{what} takes nothing");
            let Some((least, most)) = row.bounds else {
                continue;
            };
            for (value, is_right) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
                assert_eq!(takes(subcommand, option, &value.to_string()), is_right, "{what}: {value}");
            }
        }
    }
    // Of check, compare, show, report, link, simulate and verify.
    assert_eq!(held, (2 + 8 + 3) + 3 + 2 + 3 + (8 + 3 + 3 + 5 + 3 + 2 + 1) + 4 + (8 + 11 + 3 + 2));
}

#[test]
fn a_switch_is_on_and_off_as_in_the_job() {
    for subcommand in callweave::command_line().get_subcommands() {
        if subcommand.get_arguments().all(|arg| arg.get_long() != Some("pass-through")) {
            continue;
        }
        for (value, is_right) in
            [("on", true), ("off", true), ("True", true), ("false", true), ("maybe", false)]
        {
            assert_eq!(takes(subcommand, "pass-through", value), is_right, "{value}");
        }
    }
}

#[test]
fn a_switch_that_stands_alone_does_not_take_the_next_argument() {
    let folder = tempfile::tempdir().unwrap();
    let input = path(folder.path(), "in");
    let call = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1700000000000,"latency_msec":0,"more":7}"#;
    write(&input, call).unwrap();
    for (switch, has_more) in
        [("--pass-through", true), ("--pass-through=on", true), ("--pass-through=off", false)]
    {
        let output = command(&["link", "-o", "-", switch, &input]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).contains("\"more\":7"), has_more, "{switch}");
    }
}

#[test]
fn a_call_may_not_lie_in_too_many_buckets() {
    let folder = tempfile::tempdir().unwrap();
    let input = path(folder.path(), "in");
    let call = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1700000000000,"latency_msec":0}"#;
    write(&input, call).unwrap();
    let row = TABLE.lines().find_map(|line| line.strip_prefix("max-latency-ms / bucket-ms\t")).unwrap();
    let most: i64 = row.trim().parse().unwrap();
    for (latency_ms, is_right) in [(most, true), (most + 1, false)] {
        let latency_ms = latency_ms.to_string();
        let options = ["--bucket-ms", "1", "--max-latency-ms", &latency_ms];
        for arguments in [&["check", &input][..], &["link", &input, "-o", "/dev/null"]] {
            let output = command(&[arguments, &options].concat()).output().unwrap();
            let stderr = text(&output.stderr);
            assert_eq!(output.status.code(), Some(if is_right { 0 } else { 2 }), "{arguments:?}: {stderr}");
            let names_both = stderr.contains("--bucket-ms 1")
                && stderr.contains(&format!("--max-latency-ms {latency_ms}"));
            assert_eq!(names_both, !is_right, "{arguments:?}: {stderr}");
        }
    }
    let options = ["--bucket-ms", "1", "--max-latency-ms", "86400000", "--bootstrap", "127.0.0.1:1"];
    let output = command(&[&["verify"][..], &options].concat()).output().unwrap();
    assert!(text(&output.stderr).contains("--bucket-ms 1"), "{}", text(&output.stderr));
}

#[test]
fn the_topics_that_are_compared_must_differ() {
    let verify = |more: &[&str]| {
        let arguments = [&["verify", "--bootstrap", "127.0.0.1:1"], more].concat();
        let output = command(&arguments).output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        stderr
    };
    for (topics, names) in [
        (&["--output-topic", "test-topic"][..], "test-topic, rejected-topic, test-topic, chains-topic"),
        (&["--chains-topic", "linked-topic"], "test-topic, rejected-topic, linked-topic, linked-topic"),
        (
            &["--chains-topic", "rejected-topic", "--outputs=chains"],
            "test-topic, rejected-topic, rejected-topic",
        ),
    ] {
        let refusal = verify(topics);
        let expected = format!("the topics of the job are {names}; different topics are wanted");
        assert!(refusal.contains(&expected), "{refusal}");
    }
    let unused = verify(&["--chains-topic", "linked-topic", "--outputs=links"]);
    assert!(!unused.contains("different topics"), "{unused}");
}

#[test]
fn variables_that_are_set_to_nothing_count_as_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let input = path(folder.path(), "in");
    let call = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1700000000000,"latency_msec":0}"#;
    write(&input, call).unwrap();
    let command_line = callweave::command_line();
    for arguments in [
        &["check", &input][..],
        &["link", &input, "-o", "/dev/null"],
        &["simulate", "--calls", "3", "--out", "/dev/null"],
        &["compare", "/dev/null", "/dev/null"],
    ] {
        let mut command = command(arguments);
        let subcommand = command_line.find_subcommand(arguments[0]).unwrap();
        for name in subcommand.get_arguments().filter_map(Arg::get_env) {
            command.env(name, "");
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    }
    let output = command(&["check", &input]).env("SIMPY_MAX_OUT_OF_ORDER_MS", "many").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "what is set to something wrong is an error");
}

#[test]
fn the_table_has_every_option_of_the_job_with_its_variables_default_and_bounds() {
    let ours = ALL.iter().map(|option| {
        let bounds = match option.rule {
            Rule::Integer { least, most, .. } => format!("{least}\t{most}"),
            _ => "\t".to_owned(),
        };
        format!("{}\t{}\t{}\t{bounds}", option.name, option.environment.join(","), option.default)
    });
    let jobs = TABLE.lines().skip(1).filter(|row| !row.contains(" / "));
    assert_eq!(ours.collect::<Vec<_>>(), jobs.collect::<Vec<_>>());
}

#[test]
fn values_of_a_job_file_are_taken_and_refused_as_by_the_job() {
    let values = include_str!("../../../flink-job/src/test/resources/option-values.tsv");
    for row in values.lines().skip(1) {
        let [option, value, taken]: [&str; 3] = row.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let checked = check_all([(option, value.trim_matches('"'))]);
        assert_eq!(checked.is_ok(), taken == "yes", "{row}: {checked:?}");
    }
    for (option, right, wrong) in [
        ("outputs", "chains,links", "links,links"),
        ("sink", "print", "file"),
        ("sink", "kafka,rejects=print", "kafka,print"),
        ("sink", "links=print,chains=kafka", "links=print,links=kafka"),
        ("delivery", "at-least-once", "at-most-once"),
        ("pass-through", "True", "yes"),
        ("map", "zipkin,id=id", "zipkins"),
        ("input-format", "protobuf", "avro"),
        ("checkpoint-dir", "s3://bucket/checkpoints", "/checkpoints"),
        ("checkpoint-dir", "file:///checkpoints", "file:///"),
        ("group-id", "a b", ""),
        ("kafka.security.protocol", "SASL_SSL", "-"),
    ] {
        assert_eq!(check_all([(option, right)]), Ok(()), "{option}");
        assert!(check_all([(option, wrong)]).is_err() || wrong == "-", "{option} {wrong}");
    }
    for row in table().iter().filter(|row| !row.option.contains(" / ")) {
        let Some((least, most)) = row.bounds else { continue };
        for (value, is_right) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            let value = value.to_string();
            let buckets = if row.option == "max-latency-ms" { "86400000" } else { "10000" };
            let other =
                if row.option == "bucket-ms" { ("max-latency-ms", "10000") } else { ("bucket-ms", buckets) };
            let checked = check_all([(row.option, &*value), other]);
            assert_eq!(checked.is_ok(), is_right, "{} {value}: {checked:?}", row.option);
        }
    }
}

#[test]
fn options_that_do_not_go_together_are_refused_as_by_the_job() {
    let wrong = |options: &[(&str, &str)]| check_all(options.iter().copied()).unwrap_err();
    assert!(wrong(&[("bucket-ms", "1"), ("max-latency-ms", "10001")]).contains("use wider buckets"));
    assert!(wrong(&[("output-topic", "test-topic")]).contains("different topics are wanted"));
    assert_eq!(check_all([("output-topic", "test-topic"), ("outputs", "chains")]), Ok(()));
    assert!(wrong(&[("source", "files")]).contains("wants input"));
    assert!(wrong(&[("watch", "on")]).contains("source is kafka"));
    assert_eq!(
        check_all([("source", "files"), ("input", "/in"), ("watch", "on"), ("output-topic", "test-topic")]),
        Ok(())
    );
    assert!(wrong(&[("source", "rocketmq")]).contains("wants rocketmq-namesrv"));
    assert!(wrong(&[("sink", "chains=rocketmq")]).contains("sink chains=rocketmq wants rocketmq-namesrv"));
    assert!(wrong(&[("rocketmq-namesrv", "namesrv:9876")]).contains("source is kafka and sink kafka"));
    let to_rocketmq = [("sink", "rocketmq"), ("rocketmq-namesrv", "namesrv:9876")];
    let as_messages =
        [("outputs", "links,spans"), ("output-format", "protobuf"), ("output-topic", "test-topic")];
    assert_eq!(check_all(to_rocketmq.into_iter().chain(as_messages)), Ok(()));
    let both = [("source", "rocketmq"), ("output-topic", "test-topic")];
    assert!(check_all(to_rocketmq.into_iter().chain(both)).unwrap_err().contains("different topics"));
    assert_eq!(
        check_all([
            ("source", "rocketmq"),
            ("rocketmq-namesrv", "namesrv:9876"),
            ("output-topic", "test-topic")
        ]),
        Ok(())
    );
    assert!(wrong(&[("sink", "files")]).contains("wants output"));
    assert_eq!(check_all([("sink", "files"), ("output", "s3://bucket/calls")]), Ok(()));
    assert!(wrong(&[("output", "s3://bucket/calls")]).contains("sink is kafka"));
    assert!(wrong(&[("sink", "edges=print")]).contains("outputs does not"));
    assert!(wrong(&[("sink", "print"), ("outputs", "spans")]).contains("spans-format zipkin"));
    assert_eq!(check_all([("sink", "links=print"), ("output-topic", "test-topic")]), Ok(()));
    assert!(wrong(&[("input-format", "protobuf"), ("map", "zipkin")]).contains("name the message"));
    let message = ("input-message", "calls.desc:mesh.v1.Span");
    assert!(wrong(&[message, ("map", "zipkin")]).contains("set input-format protobuf and map"));
    assert_eq!(check_all([message, ("map", "zipkin"), ("input-format", "protobuf")]), Ok(()));
    assert!(
        wrong(&[("output-format", "protobuf"), ("pass-through", "on")]).contains("let output-format be json")
    );
    assert!(wrong(&[("input-format", "protobuf"), ("source", "files"), ("input", "/in")])
        .contains("set it to json"));
    assert!(wrong(&[("output-format", "protobuf"), ("sink", "chains=print")]).contains("chains as lines"));
    assert_eq!(check_all([("output-format", "protobuf"), ("sink", "rejects=print")]), Ok(()));
    assert!(wrong(&[("max-link", "1")]).contains("max-links may be meant"));
    assert!(wrong(&[("kafka.", "secret")]).contains("is no option"));
}
