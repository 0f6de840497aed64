//! `callweave link` as a user calls it.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::{HashMap, HashSet};
use std::fs::read_to_string;
use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::{callweave, callweave_with_input, path, real_traces, text};

fn call(id: &str, src: u8, dst: u8, start_ms: i64, end_ms: i64) -> String {
    format!(
        r#"{{"id":"{id}","src_ip":"10.0.0.{src}","dst_ip":"10.0.0.{dst}","start_at_ms":{start_ms},"end_at_ms":{end_ms}}}"#
    ) + "\n"
}

/// The parents and the children of each call, by its id.
fn links(linked: &str) -> HashMap<String, (Vec<String>, Vec<String>)> {
    let ids =
        |list: &Value| list.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let link = |line: &str| {
        let call: Value = serde_json::from_str(line).unwrap();
        (call["id"].as_str().unwrap().to_owned(), (ids(&call["parents"]), ids(&call["children"])))
    };
    linked.lines().map(link).collect()
}

fn succeeded(output: &Output) -> String {
    let stderr = text(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    stderr
}

fn sorted_lines(path: &str) -> Vec<String> {
    let mut lines: Vec<String> = read_to_string(path).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// A file of simulated calls with some of everything that is rejected.
fn simulated(folder: &Path, calls: &str) -> String {
    let file = path(folder, "calls.jsonl");
    let shares =
        ["--malformed", "--invalid", "--inconsistent", "--too-long", "--future", "--late", "--duplicate"];
    let mut arguments = vec!["simulate", "--calls", calls, "--rate", "500", "--seed", "3", "--out", &file];
    shares.iter().for_each(|share| arguments.extend([*share, "0.01"]));
    succeeded(&callweave(&arguments));
    file
}

#[test]
fn the_worked_examples_are_linked_to_the_letter() {
    let input = [
        call("id1", 1, 2, 1000, 1500),
        call("id2", 2, 3, 1100, 1300),
        call("id3", 3, 4, 1120, 1220),
        call("id4", 11, 13, 1000, 1400),
        call("id5", 12, 13, 1050, 1400),
        call("id6", 13, 14, 1200, 1300),
    ];
    let output = callweave_with_input(&["link", "-", "--out", "-"], input.concat().as_bytes());
    let stderr = succeeded(&output);
    assert!(stderr.contains("read 6 lines: linked 6 calls with 4 links"), "{stderr}");
    let links = links(&text(&output.stdout));
    let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(links["id1"], (list(&[]), list(&["id2"])));
    assert_eq!(links["id2"], (list(&["id1"]), list(&["id3"])));
    assert_eq!(links["id3"], (list(&["id2"]), list(&[])));
    assert_eq!(links["id6"], (list(&["id4", "id5"]), list(&[])));
}

#[test]
fn every_line_is_linked_rejected_or_a_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    let input = simulated(folder.path(), "60000");
    let (out, rejects) = (path(folder.path(), "linked"), path(folder.path(), "rejects"));
    let stderr = succeeded(&callweave(&["link", &input, "-o", &out, "--rejects", &rejects]));
    let lines = std::fs::read(&input).unwrap().iter().filter(|&&byte| byte == b'\n').count();
    let linked = read_to_string(&out).unwrap().lines().count();
    // The watermark steps from round to round: a late call in the round that closes its window is linked.
    assert!((60_000..60_300).contains(&linked), "{stderr}");
    let mut reasons: HashMap<String, usize> = HashMap::new();
    for line in read_to_string(&rejects).unwrap().lines() {
        let reject: Value = serde_json::from_str(line).unwrap();
        assert_eq!(reject["file"], input.as_str());
        assert!(reject["line"].as_u64().unwrap() >= 1 && !reject["detail"].as_str().unwrap().is_empty());
        assert!(reject["value"].is_string() != reject["value_base64"].is_string());
        *reasons.entry(reject["reason"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let names: HashSet<&str> = reasons.keys().map(String::as_str).collect();
    assert_eq!(names, HashSet::from(["malformed", "invalid", "inconsistent", "too_long", "future", "late"]));
    let rejected: usize = reasons.values().sum();
    assert!(stderr.contains(&format!("rejected {rejected} (")), "{stderr}");
    assert!(stderr.contains(&format!("duplicates {};", lines - linked - rejected)), "{stderr}");
    assert!(stderr.contains("--sort"), "late calls are explained: {stderr}");
}

#[test]
fn threads_groups_and_buckets_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let input = simulated(folder.path(), "20000");
    let link = |name: &str, more: &[&str]| {
        let out = path(folder.path(), name);
        let arguments = ["link", &input, "-o", &out].into_iter().chain(more.iter().copied());
        succeeded(&callweave(&arguments.collect::<Vec<_>>()));
        sorted_lines(&out)
    };
    let usual = link("usual", &[]);
    assert!(usual.len() >= 20_000);
    assert!(link("one", &["--threads", "1"]) == usual);
    assert!(link("five", &["--threads", "5"]) == usual);
    assert!(link("groups", &["--ip-groups", "1", "--id-groups", "64"]) == usual);
    assert!(link("buckets", &["--bucket-ms", "250"]) == usual);
}

#[test]
fn sorting_links_an_input_in_no_order_as_if_it_were_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let ordered = simulated(folder.path(), "20000");
    let text = std::fs::read(&ordered).unwrap();
    let mut lines: Vec<&[u8]> = text.strip_suffix(b"\n").unwrap().split(|&b| b == b'\n').collect();
    lines.reverse();
    let (first, second) = lines.split_at(lines.len() / 3);
    let files = [path(folder.path(), "a"), path(folder.path(), "b")];
    std::fs::write(&files[0], second.join(&b'\n')).unwrap();
    std::fs::write(&files[1], first.join(&b'\n')).unwrap();
    let link = |more: &[&str]| {
        let out = path(folder.path(), "linked");
        let arguments =
            ["link", &files[0], &files[1], "-o", &out, "--sort"].into_iter().chain(more.iter().copied());
        let stderr = succeeded(&callweave(&arguments.collect::<Vec<_>>()));
        assert!(!stderr.contains("late"), "{stderr}");
        sorted_lines(&out)
    };
    let in_memory = link(&[]);
    // The simulator's late calls are linked as well.
    assert!(in_memory.len() > 20_100, "{}", in_memory.len());
    let temp_dir = path(folder.path(), "temp");
    std::fs::create_dir(&temp_dir).unwrap();
    assert!(link(&["--sort-mib", "1", "--temp-dir", &temp_dir]) == in_memory);
    assert_eq!(std::fs::read_dir(temp_dir).unwrap().count(), 0);
}

#[test]
fn compressed_files_are_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let plain = simulated(folder.path(), "2000");
    let file = |name: &str| path(folder.path(), name);
    let link = |input: &str, out: &str| succeeded(&callweave(&["link", input, "-o", out]));
    link(&plain, &file("plain"));
    link(&plain, &file("linked.gz"));
    link(&plain, &file("linked.zst"));
    let unpack = |name: &str| {
        let mut lines = Vec::new();
        let mut reader = callweave::files::open(Path::new(&file(name))).unwrap();
        reader.read_to_end(&mut lines).unwrap();
        lines
    };
    assert!(std::fs::read(file("linked.gz")).unwrap().len() < unpack("linked.gz").len() / 2);
    assert!(unpack("plain") == unpack("linked.gz") && unpack("plain") == unpack("linked.zst"));
    let calls =
        flate2::read::GzEncoder::new(std::fs::File::open(&plain).unwrap(), flate2::Compression::fast());
    std::io::copy(&mut { calls }, &mut std::fs::File::create(file("calls")).unwrap()).unwrap();
    link(&file("calls"), &file("again"));
    assert!(unpack("again") == unpack("plain"));
}

#[test]
fn options_of_the_job_do_what_they_do_there() {
    let lines =
        [call("a", 1, 2, 1000, 2000), call("b", 1, 2, 1100, 2000), call("c", 2, 3, 1200, 1300)].concat();
    let run = |more: &[&str], lines: &str| {
        let arguments: Vec<&str> = ["link", "-", "-o", "-"].into_iter().chain(more.iter().copied()).collect();
        let output = callweave_with_input(&arguments, lines.as_bytes());
        (succeeded(&output), text(&output.stdout))
    };
    let (stderr, linked) = run(&["--max-links", "1"], &lines);
    assert!(linked.contains(r#""parents":["b"],"children":[],"parents_omitted":1"#), "{linked}");
    assert!(stderr.contains("1 of the calls with a list cut at max-links"), "{stderr}");
    let (stderr, _) = run(&["--max-latency-ms", "999"], &lines);
    assert!(stderr.contains("rejected 1 (too_long 1)"), "{stderr}");
    let (stderr, _) = run(&["--max-record-bytes", "20"], &lines);
    assert!(stderr.contains("rejected 3 (malformed 3)"), "{stderr}");
    let (stderr, _) =
        run(&["--max-future-skew-ms", "0"], &call("d", 1, 2, 9_000_000_000_000, 9_000_000_000_000));
    assert!(stderr.contains("rejected 1 (future 1)"), "{stderr}");
    let extra = lines.replace(r#"{"id":"c""#, r#"{"zone":[1, 2],"id":"c""#);
    assert!(!run(&[], &extra).1.contains("zone"));
    assert!(run(&["--pass-through"], &extra).1.contains(r#""zone":[1, 2]"#));
}

#[test]
fn errors_are_one_line_and_leave_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let good = path(folder.path(), "good");
    std::fs::write(&good, call("a", 1, 2, 1000, 1100)).unwrap();
    let cut = path(folder.path(), "cut.gz");
    std::fs::write(&cut, [0x1f, 0x8b, 8, 0, 0, 0]).unwrap();
    let out = path(folder.path(), "out");
    for (arguments, wanted) in [
        (vec!["link", "/nowhere/in", "-o", &out], "cannot read /nowhere/in"),
        (vec!["link", &cut, "-o", &out], "cut.gz"),
        (vec!["link", &good, "-o", "/nowhere/out"], "cannot create /nowhere/out"),
        (vec!["link", &good, "-o", "/dev/full"], "cannot write /dev/full"),
        (vec!["link", &good, "-o", &out, "--rejects", "/nowhere/r"], "cannot create /nowhere/r"),
        (vec!["link", &good, "-o", &out, "--bucket-ms", "1", "--max-latency-ms", "20000"], "max-latency-ms"),
    ] {
        let output = callweave(&arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(wanted), "{stderr}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "{arguments:?}");
    }
    for arguments in
        [vec!["link", &good], vec!["link", "-o", &out], vec!["link", &good, "-o", &out, "--sort-mib", "5"]]
    {
        assert_eq!(callweave(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn nearly_all_true_parents_of_real_traces_are_found() {
    let Some(traces) = real_traces() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = path(folder.path(), "linked");
    for set in ["hotel_load25", "media_load75", "node_load50"] {
        let input = path(&traces, &format!("{set}.messages.jsonl.gz"));
        succeeded(&callweave(&["link", &input, "-o", &out, "--sort"]));
        let links = links(&read_to_string(&out).unwrap());
        let truth = callweave::files::open(&traces.join(format!("{set}.truth.jsonl.gz"))).unwrap();
        let (mut found, mut all) = (0, 0);
        for line in truth.lines() {
            let call: Value = serde_json::from_str(&line.unwrap()).unwrap();
            for parent in call["parents"].as_array().unwrap() {
                all += 1;
                let (parents, _) = &links[call["id"].as_str().unwrap()];
                found += usize::from(parents.iter().any(|id| parent == id.as_str()));
            }
        }
        assert!(found as f64 >= 0.97 * f64::from(all), "{set}: {found} of {all}");
    }
}

#[test]
fn a_file_that_breaks_off_is_told_with_its_last_whole_line() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(simulated(folder.path(), "20000")).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&whole).unwrap();
    let packed = encoder.finish().unwrap();
    let cut = path(folder.path(), "cut.gz");
    for length in [30, packed.len() / 50, packed.len() / 2, packed.len() - 1] {
        std::fs::write(&cut, &packed[..length]).unwrap();
        let mut readable = Vec::new();
        let cut_short = flate2::read::GzDecoder::new(&packed[..length]).read_to_end(&mut readable);
        assert!(cut_short.is_err());
        let place = match readable.iter().filter(|&&byte| byte == b'\n').count() {
            0 => "in line 1".to_owned(),
            lines => format!("after line {lines}"),
        };
        for arguments in [
            &["link", &cut, "-o", "/dev/null"][..],
            &["link", "--sort", &cut, "-o", "/dev/null"],
            &["check", &cut],
            &["compare", &cut, &cut],
        ] {
            let output = callweave(arguments);
            let stderr = text(&output.stderr);
            assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
            let expected =
                format!("error: cannot read {cut}, {place}: the file ends in the middle of its gzip");
            assert!(stderr.starts_with(&expected), "{arguments:?}: {stderr} {expected}");
        }
    }
}

#[test]
fn a_file_put_together_of_plain_and_compressed_parts_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let mixed = path(folder.path(), "mixed");
    let lines = call("a", 1, 2, 1000, 2000) + &call("b", 2, 3, 1100, 1200);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(lines.as_bytes()).unwrap();
    std::fs::write(&mixed, [lines.into_bytes(), encoder.finish().unwrap()].concat()).unwrap();
    for arguments in
        [&["link", &mixed, "-o", "/dev/null"][..], &["check", &mixed], &["compare", &mixed, &mixed]]
    {
        let output = callweave(arguments);
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        let expected = format!("error: cannot read {mixed}, after line 2: gzip data follow plain lines; ");
        assert!(stderr.starts_with(&expected) && stderr.ends_with("put together\n"), "{stderr}");
    }
}

#[test]
fn chains_may_begin_with_what_all_of_the_input_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| path(folder.path(), name);
    let input = simulated(folder.path(), "3000");
    let run = |name: &str, more: &[&str]| {
        let arguments = ["link", &input, "-o", "/dev/null", "--chains", &path(name)];
        succeeded(&callweave(&[&arguments, more].concat()));
        sorted_lines(&path(name))
    };
    let cold = run("cold", &["--sort"]);
    let warm = run("warm", &["--sort", "--learn-first"]);
    assert_eq!(warm, run("again", &["--sort", "--learn-first", "--threads", "1"]));
    // The same calls, and another choice of some parents.
    let ids = |chains: &[String]| {
        let hops =
            |line: &String| serde_json::from_str::<Value>(line).unwrap()["hops"].as_array().unwrap().clone();
        let ids = chains.iter().flat_map(hops).map(|hop| hop["id"].to_string());
        ids.collect::<HashSet<_>>()
    };
    assert_eq!(ids(&warm), ids(&cold));
    assert_ne!(warm, cold);
    assert!(!run("unsorted", &["--learn-first"]).is_empty());
    for (arguments, says) in [
        (
            &["link", "-", "-o", "/dev/null", "--chains", "/dev/null", "--learn-first"][..],
            "reads the input twice",
        ),
        (&["link", &input, "-o", "/dev/null", "--learn-first"], "--chains"),
    ] {
        let output = callweave_with_input(arguments, b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
    }
}

#[test]
fn chains_are_written_beside_the_links_with_the_names_of_services() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let calls = [call("id1", 1, 2, 1000, 1500), call("id2", 2, 3, 1100, 1300), call("id3", 3, 4, 1120, 1220)]
        .concat();
    std::fs::write(path("calls"), calls).unwrap();
    std::fs::write(path("services"), "10.0.0.2: main\n").unwrap();
    let (linked, chains) = (path("linked"), path("chains"));
    let run = |services: &str| {
        callweave(&[
            "link",
            &path("calls"),
            "-o",
            &linked,
            "--chains",
            &chains,
            "--services",
            &path(services),
        ])
    };
    let output = run("services");
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("wrote 1 chains of 3 calls"), "{output:?}");
    let written = std::fs::read_to_string(&chains).unwrap();
    let chain: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!((&chain["chain"], &chain["total_msec"]), (&"id1".into(), &500.into()));
    assert_eq!(chain["hops"][0]["dst"], "main");
    assert_eq!((&chain["hops"][1]["parent"], &chain["hops"][1]["dst"]), (&"id1".into(), &"10.0.0.3".into()));
    assert_eq!(std::fs::read_to_string(&linked).unwrap().lines().count(), 3);

    std::fs::write(path("wrong"), "10.0.0.2: main\n10.0.0.0/40: all\n").unwrap();
    let output = run("wrong");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains("line 2 of the services: '10.0.0.0/40'"), "{error}");
}
