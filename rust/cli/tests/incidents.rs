//! Alerts from end to end: simulated calls with incidents, linked and judged, held against the truth.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;
use support::{callweave, path, text};

const MINUTE_MS: i64 = 60_000;
/// When a simulation ends.
const END_MS: &str = "1700000000000";
/// Windows are of a minute: what an incident has done is in the window in which it ends, too.
const GRACE_MS: i64 = MINUTE_MS;
/// By their numbers, which their addresses have. The new ones are called by the front.
const SERVICES: [&str; 7] = ["Client", "Front", "Cart", "Stock", "Pay", "Bank", "Mail"];
const EDGES: [(&str, &str); 6] = [
    ("Client", "Front"),
    ("Front", "Cart"),
    ("Cart", "Stock"),
    ("Front", "Pay"),
    ("Pay", "Bank"),
    ("Front", "Mail"),
];
/// Those of which another instance can take the calls.
const PAIRS: [&str; 4] = ["Front", "Cart", "Stock", "Pay"];
/// The first incident comes when every edge has been seen for half an hour.
const FIRST_MIN: usize = 40;
const LASTS_MIN: usize = 6;
/// From one incident to the next: the alert has ended, and its silence, too.
const STEP_MIN: usize = 25;
/// How many times as many traces there are.
const BURSTS: [usize; 4] = [2, 3, 5, 8];
const TRACES_PER_S: f64 = 6.0;

fn topology(new: usize) -> String {
    let services = SERVICES.iter().map(|name| {
        let instances = if PAIRS.contains(name) { 2 } else { 1 };
        format!("{{name: {name}, instances: {instances}}}")
    });
    let mut services: Vec<String> = services.collect();
    let mut calls =
        "{parallel: [{to: Cart, calls: [{to: Stock}]}, {to: Pay, calls: [{to: Bank}]}]}, {to: Mail}"
            .to_owned();
    for number in 0..new {
        services.push(format!("{{name: New{number}, instances: 1}}"));
        write!(calls, ", {{to: New{number}, probability: 0.2}}").unwrap();
    }
    format!(
        "services: [{}]\nclient: Client\nwork: {{lognormal: {{median_ms: 12, sigma: 0.5}}}}\n\
         root: {{to: Front, calls: [{calls}]}}\n",
        services.join(", ")
    )
}

/// Slower edges by 1.5 to 5, instances that are gone, bursts of 2 to 8, and new services.
fn incidents(count: usize) -> String {
    let incident = |number: usize| {
        let (at_s, round) = ((FIRST_MIN + number * STEP_MIN) * 60, number / 4);
        let lasts = format!("for-s: {}, ", LASTS_MIN * 60);
        let (lasts, what) = match number % 4 {
            0 => {
                let (src, dst) = EDGES[round % EDGES.len()];
                let factor = [1.5, 2.0, 3.0, 5.0][round % 4];
                (lasts, format!("slower: {{src: {src}, dst: {dst}, factor: {factor}}}"))
            }
            1 => (lasts, format!("gone: {{service: {}, instance: {}}}", PAIRS[round % 4], round / 4 % 2)),
            2 => (lasts, format!("burst: {}", BURSTS[round % 4])),
            _ => (String::new(), format!("new: New{round}")),
        };
        format!("- {{at-s: {at_s}, {lasts}{what}}}\n")
    };
    (0..count).map(incident).collect()
}

/// An alert that begins.
struct Alert {
    /// Services, of all edges together none.
    edge: Option<(String, String)>,
    begin_ms: i64,
    end_ms: i64,
    line: String,
}

struct Incident {
    kind: String,
    begin_ms: i64,
    end_ms: i64,
    edges: Vec<(String, String)>,
}

impl Incident {
    /// A new service is seen once; the others for as long as they last.
    fn read(line: &str) -> Self {
        let truth: Value = serde_json::from_str(line).unwrap();
        let begin_ms = truth["begin_ms"].as_i64().unwrap();
        let name = |edge: &Value, end: usize| edge[end].as_str().unwrap().to_owned();
        Self {
            kind: truth["kind"].as_str().unwrap().to_owned(),
            begin_ms,
            end_ms: truth["end_ms"].as_i64().unwrap_or(begin_ms + 6 * MINUTE_MS),
            edges: truth["edges"]
                .as_array()
                .unwrap()
                .iter()
                .map(|edge| (name(edge, 0), name(edge, 1)))
                .collect(),
        }
    }

    fn is_told_by(&self, alert: &Alert) -> bool {
        alert.end_ms > self.begin_ms
            && alert.begin_ms < self.end_ms + GRACE_MS
            && alert.edge.as_ref().is_none_or(|edge| self.edges.contains(edge))
    }
}

/// The service that an address is of, by its second byte.
fn service(address: &Value) -> String {
    let number: usize = address.as_str().unwrap().split('.').nth(1).unwrap().parse().unwrap();
    SERVICES.get(number).map_or_else(|| format!("New{}", number - SERVICES.len()), |name| (*name).to_owned())
}

fn read_alerts(file: &str) -> Vec<Alert> {
    let lines = std::fs::read_to_string(file).unwrap();
    let alerts = lines.lines().map(|line| (line, serde_json::from_str::<Value>(line).unwrap()));
    let begins = alerts.filter(|(_, alert)| alert["state"] == "firing");
    let read = |(line, alert): (&str, Value)| Alert {
        edge: (alert.get("all").is_none()).then(|| (service(&alert["src"]), service(&alert["dst"]))),
        begin_ms: alert["window_start_ms"].as_i64().unwrap(),
        end_ms: alert["window_end_ms"].as_i64().unwrap(),
        line: line.to_owned(),
    };
    begins.map(read).collect()
}

/// What was told of incidents, by kind and in all.
struct Outcome {
    told: BTreeMap<String, (usize, usize)>,
    /// From the begin of each incident that was told to the end of the window that told it, ms, in order.
    delays_ms: Vec<i64>,
    alerts: usize,
    wrong: Vec<String>,
}

impl Outcome {
    fn precision(&self) -> f64 {
        (self.alerts - self.wrong.len()) as f64 / self.alerts as f64
    }

    fn recall(&self) -> f64 {
        self.delays_ms.len() as f64 / self.told.values().map(|told| told.1).sum::<usize>() as f64
    }

    fn delay_ms(&self, share: f64) -> i64 {
        self.delays_ms[((self.delays_ms.len() - 1) as f64 * share) as usize]
    }

    fn table(&self) -> String {
        let mut table = format!(
            "precision {:.3} ({} of {} alerts), recall {:.3}, delay: median {} s, 90 % {} s\n",
            self.precision(),
            self.alerts - self.wrong.len(),
            self.alerts,
            self.recall(),
            self.delay_ms(0.5) / 1000,
            self.delay_ms(0.9) / 1000
        );
        for (kind, (told, all)) in &self.told {
            writeln!(table, "{kind}: told {told} of {all}").unwrap();
        }
        for wrong in &self.wrong {
            writeln!(table, "wrong: {wrong}").unwrap();
        }
        table
    }
}

/// Simulates, links and judges so many incidents.
fn evaluate(folder: &Path, count: usize, seed: &str) -> Outcome {
    let file = |name| path(folder, name);
    let (calls, linked, alerts, truth) =
        (file("calls.zst"), file("linked.zst"), file("alerts"), file("truth"));
    std::fs::write(file("topology"), topology(count.div_ceil(4))).unwrap();
    std::fs::write(file("incidents"), incidents(count)).unwrap();
    // What bursts have above the pace is of the number of traces, too.
    let burst = |number: usize| if number % 4 == 2 { LASTS_MIN * (BURSTS[number / 4 % 4] - 1) } else { 0 };
    let minutes = FIRST_MIN + count * STEP_MIN + (0..count).map(burst).sum::<usize>();
    let traces = (minutes as f64 * 60.0 * TRACES_PER_S) as u64;
    let interval = (1000.0 / TRACES_PER_S).to_string();
    // The end decides where incidents begin within their windows.
    let simulate = [
        "simulate",
        "--count",
        &traces.to_string(),
        "--interval",
        &interval,
        "--seed",
        seed,
        "--end-at-ms",
        END_MS,
    ];
    let files = [
        "--address",
        "ipv4",
        "--topology",
        &file("topology"),
        "--incidents",
        &file("incidents"),
        "--incidents-truth",
    ];
    let link = ["link", "--sort", &calls, "-o", &linked, "--alerts", &alerts];
    for arguments in [[&simulate[..], &files, &[&truth, "--out", &calls]].concat(), link.to_vec()] {
        let output = callweave(&arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let truth = std::fs::read_to_string(truth).unwrap();
    judge(&truth.lines().map(Incident::read).collect::<Vec<_>>(), &read_alerts(&alerts))
}

fn judge(incidents: &[Incident], alerts: &[Alert]) -> Outcome {
    let mut told: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut delays_ms = Vec::new();
    for incident in incidents {
        let first_ms =
            alerts.iter().filter(|alert| incident.is_told_by(alert)).map(|alert| alert.end_ms).min();
        let counts = told.entry(incident.kind.clone()).or_default();
        counts.1 += 1;
        if let Some(first_ms) = first_ms {
            counts.0 += 1;
            delays_ms.push(first_ms - incident.begin_ms);
        }
    }
    delays_ms.sort_unstable();
    let is_wrong = |alert: &&Alert| !incidents.iter().any(|incident| incident.is_told_by(alert));
    let wrong = alerts.iter().filter(is_wrong).map(|alert| alert.line.clone()).collect();
    Outcome { told, delays_ms, alerts: alerts.len(), wrong }
}

#[test]
fn most_incidents_are_told_within_minutes_and_little_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = evaluate(folder.path(), 8, "1");
    let table = outcome.table();
    assert!(outcome.precision() >= 0.8 && outcome.recall() >= 0.75, "{table}");
    assert!(outcome.delay_ms(0.5) <= 5 * MINUTE_MS, "{table}");
}

/// For the figures of docs/alerts.md: four days and some gigabytes of calls.
#[test]
#[ignore = "takes minutes; its figures are in docs/alerts.md"]
fn the_figures_of_many_incidents() {
    let folder = tempfile::tempdir().unwrap();
    println!("{}", evaluate(folder.path(), 200, "101").table());
}
