//! What a topology file may say, and what is said about one that is wrong.

use super::*;

/// A right file, with one line of it replaced.
fn with(line: &str, other: &str) -> String {
    const RIGHT: &str = "\
services:
  - name: Client
  - name: A
    instances: 2
  - name: B
client: Client
work: {constant: {ms: 5}}
root:
  to: A
  calls:
    - {to: B}
    - parallel: [{to: A}, {to: B}]
";
    assert!(RIGHT.contains(line), "{line}");
    RIGHT.replacen(line, other, 1)
}

fn error(text: &str) -> String {
    format!("{:#}", Topology::parse(text).unwrap_err())
}

#[test]
fn the_built_in_file_is_right_and_what_it_says() {
    let topology = Topology::built_in().unwrap();
    let names: Vec<&str> = topology.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["Client", "Main", "SubService1", "SubService2", "SubService3"]);
    assert!((topology.mean_calls() - 4.4).abs() < 1e-9);
    assert_eq!(topology.root.most_calls(), 5);
}

#[test]
fn every_form_of_work_is_understood() {
    let work = |text: &str| {
        let file = with("{constant: {ms: 5}}", text);
        Topology::parse(&file).unwrap().root.work
    };
    assert_eq!(work("{constant: {ms: 7.5}}").usual, Usual::Constant { ms: 7.5 });
    assert_eq!(work("{uniform: {from_ms: 1, to_ms: 3}}").usual, Usual::Uniform { from_ms: 1.0, to_ms: 3.0 });
    assert_eq!(work("{exponential: {mean_ms: 1e2}}").usual, Usual::Exponential { mean_ms: 100.0 });
    let usual = Usual::Lognormal { median_ms: 12.0, sigma: 0.8 };
    let stuck = Stuck { share: 0.1, from_ms: 300.0, to_ms: 900.0 };
    let text = "
  lognormal: {median_ms: 12, sigma: 0.8}
  stuck: {share: 0.1, from_ms: 300, to_ms: 900}";
    assert_eq!(work(text), Work { usual, stuck });
}

#[test]
fn the_work_nearest_to_a_call_counts() {
    let file = with("  - name: B\n", "  - name: B\n    work: {constant: {ms: 6}}\n");
    let file = file.replacen("{to: B}", "{to: B, work: {constant: {ms: 7}}}", 1);
    let root = Topology::parse(&file).unwrap().root;
    let ms = |step: &Step| step.work.mean_ms();
    assert_eq!([ms(&root), ms(&root.stages[0][0]), ms(&root.stages[1][1])], [5.0, 7.0, 6.0]);
}

#[test]
fn json_and_aliases_are_understood() {
    let json = r#"{"services": [{"name": "a \" b"}, {"name": "x", "instances": 3}], "client": "a \" b",
        "work": {"constant": {"ms": 1}}, "root": {"to": "x", "calls": [{"to": "x", "repeat": 2}]}}"#;
    let topology = Topology::parse(json).unwrap();
    assert_eq!(topology.services[0].name, "a \" b");
    assert_eq!(topology.services[1].instances, Some(3));
    assert_eq!(topology.mean_calls(), 3.0);
    let aliases = with("    - {to: B}\n", "    - &b {to: B, probability: 0.5}\n    - *b\n");
    assert_eq!(Topology::parse(&aliases).unwrap().mean_calls(), 4.0);
}

#[test]
fn an_error_says_where_and_what_and_what_would_be_right() {
    for (line, other, expected) in [
        ("{to: B}", "{to: C}", "line 11, column 12: unknown service `C`: `services` must have it"),
        ("client: Client", "client: User", "line 6, column 9: unknown service `User`"),
        ("{to: B}", "{to: B, odds: 1}", "unknown field `odds`, expected one of to, parallel"),
        ("    instances: 2", "    instance: 2", "unknown field `instance`, expected one of name, instances"),
        (
            "instances: 2",
            "instances: 0",
            "line 4, column 16: `instances` is 0: a whole number from 1 to 65536",
        ),
        ("instances: 2", "instances: 2.5", "`instances` is 2.5: a whole number"),
        ("instances: 2", "instances: many", "line 4, column 16"),
        ("name: B", "name: A", "line 5, column 11: service `A` is there twice"),
        ("name: B", "name: ''", "line 5, column 11: `name` is empty"),
        ("{to: B}", "{to: B, probability: 1.5}", "`probability` is 1.5: a number from 0 to 1 is right"),
        ("{to: B}", "{to: B, probability: .nan}", "`probability` is NaN"),
        ("{to: B}", "{to: B, repeat: -1}", "`repeat` is -1: a whole number from 1 to 10000"),
        ("{to: B}", "{to: B, repeat: 9998}", "a trace has up to 10001 calls: at most 10000"),
        ("ms: 5", "ms: 20001", "line 7, column 23: `ms` is 20001: a number from 0 to 20000 is right"),
        ("ms: 5", "ms: 7000", "`root` takes 21000 ms on average with all that it causes: at most 20000"),
        ("constant: {ms: 5}", "", "line 7, column 7: `work` needs one of `constant`"),
        ("ms: 5}", "ms: 5}, exponential: {mean_ms: 1}", "`work` needs one of `constant`"),
        ("constant: {ms: 5}", "uniform: {from_ms: 5, to_ms: 4}", "`to_ms` is 4: a number from 5 to 20000"),
        ("constant: {ms: 5}", "lognormal: {median_ms: 5, sigma: -1}", "`sigma` is -1: a number from 0 to 5"),
        ("work: {constant: {ms: 5}}\n", "", "the call to `A` has no `work`: give it here"),
        ("client: Client\n", "", "`client` is missing: name the service that starts every trace"),
        ("  to: A\n", "  to: A\n  probability: 0.5\n", "`root` is made once in every trace"),
        ("  to: A\n", "", "a call needs `to: NAME`"),
        ("parallel: [", "to: A\n      parallel: [", "beside `parallel` stands nothing"),
        ("[{to: A}, ", "[{parallel: []}, ", "a call needs `to: NAME`"),
        ("{to: B}", "{to: B", "; --print-topology prints one that is right"),
    ] {
        let error = error(&with(line, other));
        assert!(error.contains(expected), "{other}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let without_root = with("root:", "#").split_once('#').unwrap().0.to_owned();
    assert!(error(&without_root).contains("`root` is missing: give the first call of every trace"));
    assert!(error("client: a").contains("`services` is missing or empty"));
}

#[test]
fn a_circle_cannot_be_written() {
    let error = error(&with("    - {to: B}\n", "    - &b {to: B, calls: [*b]}\n"));
    assert!(error.contains("recursive") && error.contains("line 11"), "{error}");
    let deep = format!("{{to: B{}{}", ", calls: [{to: B".repeat(5000), "}]".repeat(5000) + "}");
    assert!(self::error(&with("{to: B}", &deep)).contains("line 11"));
}

#[test]
fn the_benchmark_sets_have_the_addresses_that_they_promise() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/sets");
    for (name, addresses) in [("mid", 24), ("hot", 24), ("wide", 16_000), ("dense", 8_000)] {
        let text = std::fs::read_to_string(folder.join(name).with_extension("yaml")).unwrap();
        let topology = Topology::parse(&text).unwrap();
        let called = topology.services.iter().filter(|service| service.name != "Client");
        let called: u32 = called.map(|service| service.instances.unwrap()).sum();
        assert_eq!(called, addresses, "{name}");
        assert_eq!(topology.mean_calls(), 6.0, "{name}");
    }
}
