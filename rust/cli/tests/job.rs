//! `callweave job` against requests and answers of a real cluster.
//!
//! `scripts/job-check --record FILE` notes them.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::write;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use support::{command, text};

/// An upgrade that succeeds.
const UPGRADE: &str = include_str!("job/upgrade.jsonl");

/// A request and its answer.
#[derive(Clone, Debug)]
struct Exchange {
    method: String,
    path: String,
    status: u16,
    answer: String,
}

fn exchanges(text: &str) -> Vec<Exchange> {
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| value[name].as_str().unwrap().to_owned();
        let status = value["status"].as_u64().unwrap() as u16;
        Exchange { method: field("method"), path: field("path"), status, answer: field("answer") }
    };
    text.lines().map(read).collect()
}

/// What stands in a path between two others.
fn part(exchanges: &[Exchange], method: &str, before: &str, after: &str) -> String {
    let fits = |exchange: &&Exchange| exchange.method == method;
    let mut parts = exchanges
        .iter()
        .filter(fits)
        .filter_map(|exchange| exchange.path.strip_prefix(before)?.strip_suffix(after));
    parts.next().unwrap().to_owned()
}

/// A Flink that answers as noted, in the same order, and after that not at all. It takes the id of the
/// new job for the one that was noted.
struct Replay {
    url: String,
    complaints: Arc<Mutex<Vec<String>>>,
}

impl Replay {
    fn start(exchanges: Vec<Exchange>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&complaints);
        std::thread::spawn(move || {
            let mut rest = exchanges.into_iter();
            let mut ids = None;
            for stream in listener.incoming() {
                let served = stream.and_then(|stream| serve(stream, &mut rest, &mut ids));
                if let Ok(Some(complaint)) = served {
                    heard.lock().unwrap().push(complaint);
                }
            }
        });
        Self { url, complaints }
    }
}

/// One request for each connection; what was not as noted.
fn serve(
    mut stream: TcpStream,
    rest: &mut impl Iterator<Item = Exchange>,
    ids: &mut Option<(String, String)>,
) -> std::io::Result<Option<String>> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? <= 2 {
            break;
        }
        if let Some((name, value)) = header.split_once(':') {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let Some(exchange) = rest.next() else { return Ok(None) };
    let asked: Vec<&str> = first.split(' ').collect();
    if exchange.path.ends_with("/run") {
        let noted: Value = serde_json::from_str(&exchange.answer).unwrap();
        let given: Value = serde_json::from_slice(&body).unwrap();
        let id = |value: &Value| value.as_str().unwrap().to_owned();
        *ids = Some((id(&noted["jobid"]), id(&given["jobId"])));
    }
    let renamed = |text: &str| match &*ids {
        Some((noted, given)) => text.replace(noted.as_str(), given),
        None => text.to_owned(),
    };
    let answer = renamed(&exchange.answer);
    write!(
        stream,
        "HTTP/1.1 {} Noted\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        exchange.status,
        answer.len()
    )?;
    let expected = [exchange.method.as_str(), &renamed(&exchange.path)];
    Ok((asked[..2] != expected).then(|| format!("{asked:?} was asked, not {expected:?}")))
}

/// Runs the upgrade against answers that end after so many.
fn upgrade(folder: &Path, answers: usize) -> (Output, Vec<String>) {
    let all = exchanges(UPGRADE);
    let (old, jar) = (part(&all, "POST", "/jobs/", "/stop"), part(&all, "DELETE", "/jars/", ""));
    let record =
        format!(r#"{{"job":"{old}","jar":"{jar}","parallelism":1,"arguments":[],"savepoint":null}}"#);
    let file = folder.join("job.yaml");
    write(folder.join("job.yaml.state"), record).unwrap();
    write(folder.join("callweave.jar"), "a jar").unwrap();
    let flink = Replay::start(all.into_iter().take(answers).collect());
    write(&file, format!("jar: callweave.jar\nflink: {}\nparallelism: 1\n", flink.url)).unwrap();
    let short = ["--poll-ms", "1", "--away-timeout-s", "1"];
    let arguments = [&["job", "upgrade", file.to_str().unwrap()], &short[..]].concat();
    let output = command(&arguments).output().unwrap();
    let complaints = flink.complaints.lock().unwrap().clone();
    (output, complaints)
}

#[test]
fn an_upgrade_asks_what_the_script_has_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let (output, complaints) = upgrade(folder.path(), usize::MAX);
    assert_eq!(complaints, [""; 0]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("callweave runs as job "), "{}", text(&output.stdout));
    let record = std::fs::read_to_string(folder.path().join("job.yaml.state")).unwrap();
    assert!(record.contains("savepoint-"), "{record}");
}

#[test]
fn wherever_rest_goes_away_the_last_line_says_what_is_known_and_what_to_type() {
    let all = exchanges(UPGRADE);
    let run = all.iter().position(|exchange| exchange.path.ends_with("/run")).unwrap();
    let stop = all.iter().position(|exchange| exchange.path.ends_with("/stop")).unwrap();
    let check = |answers: usize| {
        let folder = tempfile::tempdir().unwrap();
        let (output, complaints) = upgrade(folder.path(), answers);
        assert_eq!(complaints, [""; 0], "after {answers}");
        let stderr = text(&output.stderr);
        let last = stderr.lines().last().unwrap();
        assert!(last.contains("type: callweave job "), "after {answers}: {stderr}");
        let code = if answers < stop { 1 } else { 2 };
        assert_eq!(output.status.code(), Some(code), "after {answers}: {stderr}");
        assert!(answers <= run || last.contains("--from file:"), "after {answers}: {stderr}");
    };
    let check = &check;
    // Each waits for an answer in vain for a second.
    std::thread::scope(|scope| {
        for answers in stop - 1..all.len() - 1 {
            scope.spawn(move || check(answers));
        }
    });
}
