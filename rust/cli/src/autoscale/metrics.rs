//! What the autoscaler says of itself to Prometheus.

use std::sync::atomic::AtomicU64;
use std::sync::Arc;

use anyhow::{anyhow, Context};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tiny_http::{Header, Method, Request, Response, Server};

use super::sample::Sample;
use crate::console::tell;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = [(&'static str, &'static str); 2];
/// Without a value where it is not known.
type Measured = Family<[(&'static str, &'static str); 0], Gauge<f64, AtomicU64>>;

/// A name, what it has, and where that comes from.
type Gauged = (&'static str, Measured, fn(&Sample) -> Option<f64>);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A rescale to more subtasks.
    Up,
    /// To fewer.
    Down,
    /// A TaskManager that is added.
    Add,
    /// One that is taken away.
    Remove,
}

/// Of one job.
#[derive(Debug, Default)]
pub struct Metrics {
    looks: Counter,
    failed_looks: Counter,
    rescales: Family<Labels, Counter>,
    taskmanagers: Family<Labels, Counter>,
    wanted: Measured,
    measured: Vec<Gauged>,
}

impl Metrics {
    /// Nothing was seen yet. The registry is what [`serve`] gives out.
    pub fn new() -> (Self, Registry) {
        let mut registry = Registry::with_prefix("callweave_autoscale");
        let metrics = Self { measured: measured(), ..Self::default() };
        registry.register("looks", "Looks at the job that ended in a decision", metrics.looks.clone());
        registry.register("failed_looks", "Looks at which no such job ran", metrics.failed_looks.clone());
        registry.register("rescales", "Rescales of the job", metrics.rescales.clone());
        let commands = "Commands that add TaskManagers or take them away";
        registry.register("taskmanager_commands", commands, metrics.taskmanagers.clone());
        registry.register("wanted_parallelism", "What was decided", metrics.wanted.clone());
        for (name, family, _) in &metrics.measured {
            registry.register(*name, "As measured at the last look", family.clone());
        }
        // So that a rate sees the first of each.
        for deed in [Deed::Up, Deed::Down, Deed::Add, Deed::Remove] {
            for is_done in [true, false] {
                drop(metrics.counter(deed, is_done));
            }
        }
        (metrics, registry)
    }

    /// After a decision.
    pub fn decided(&self, sample: &Sample, wanted: u32) {
        self.looks.inc();
        set(&self.wanted, Some(f64::from(wanted)));
        for (_, family, value) in &self.measured {
            set(family, value(sample));
        }
    }

    /// No job of this name ran, or Flink did not answer: nothing is known.
    pub fn saw_nothing(&self) {
        self.failed_looks.inc();
        self.wanted.clear();
        for (_, family, _) in &self.measured {
            family.clear();
        }
    }

    /// After something was done, or has failed.
    pub fn count(&self, deed: Deed, is_done: bool) {
        self.counter(deed, is_done).inc();
    }

    fn counter(&self, deed: Deed, is_done: bool) -> Counter {
        let outcome = ("outcome", if is_done { "done" } else { "failed" });
        let (family, label) = match deed {
            Deed::Up => (&self.rescales, ("direction", "up")),
            Deed::Down => (&self.rescales, ("direction", "down")),
            Deed::Add => (&self.taskmanagers, ("command", "add")),
            Deed::Remove => (&self.taskmanagers, ("command", "remove")),
        };
        family.get_or_create(&[label, outcome]).clone()
    }
}

fn measured() -> Vec<Gauged> {
    vec![
        ("parallelism", Measured::default(), |sample| Some(f64::from(sample.parallelism))),
        ("input_records_per_second", Measured::default(), |sample| sample.input_per_s),
        ("read_records_per_second", Measured::default(), |sample| sample.read_per_s),
        ("lag_records", Measured::default(), |sample| sample.lag),
        ("wall_clock_lag_seconds", Measured::default(), |sample| Some(sample.wall_clock_lag_ms? / 1000.0)),
        ("back_pressure_ratio", Measured::default(), |sample| sample.back_pressure),
        ("gc_ratio", Measured::default(), |sample| sample.gc_share),
        ("checkpoint_ratio", Measured::default(), |sample| sample.checkpoint_share),
        ("slots", Measured::default(), |sample| sample.slots.map(f64::from)),
        ("partitions", Measured::default(), |sample| sample.partitions.map(f64::from)),
    ]
}

/// What is missing is missing, never zero.
fn set(family: &Measured, value: Option<f64>) {
    match value {
        Some(value) => {
            family.get_or_create(&[]).set(value);
        }
        None => family.clear(),
    }
}

/// Answers Prometheus at `address` from now on, in a thread of its own.
///
/// # Errors
/// When nothing can listen there.
pub fn serve(address: &str, registry: Registry) -> anyhow::Result<()> {
    let listens = || format!("cannot listen at {address} for --metrics");
    let free = "give the HOST:PORT of a free port of this machine, as 127.0.0.1:9250";
    let server = Server::http(address).map_err(|error| anyhow!("{error}; {free}")).with_context(listens)?;
    tell(format_args!("metrics are at http://{}/metrics", server.server_addr()));
    let registry = Arc::new(registry);
    let answer = move || server.incoming_requests().for_each(|request| answer(&registry, request));
    std::thread::Builder::new().name("metrics".to_owned()).spawn(answer).with_context(listens)?;
    Ok(())
}

/// Whoever has asked may be gone: that is nothing to this process.
fn answer(registry: &Registry, request: Request) {
    let is_asked = *request.method() == Method::Get && request.url() == "/metrics";
    let mut text = String::new();
    if !is_asked || encode(&mut text, registry).is_err() {
        let _ = request.respond(Response::from_string("metrics are at /metrics\n").with_status_code(404));
        return;
    }
    let mut response = Response::from_string(text);
    if let Ok(header) = Header::from_bytes("Content-Type", CONTENT_TYPE) {
        response.add_header(header);
    }
    let _ = request.respond(response);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(registry: &Registry) -> String {
        let mut text = String::new();
        encode(&mut text, registry).unwrap();
        text
    }

    fn sample() -> Sample {
        Sample { parallelism: 2, input_per_s: Some(600.0), lag: Some(0.0), ..Sample::default() }
    }

    #[test]
    fn what_was_measured_is_told_and_what_is_missing_is_missing() {
        let (metrics, registry) = Metrics::new();
        metrics.decided(&sample(), 3);
        let seen = text(&registry);
        for line in [
            "callweave_autoscale_looks_total 1",
            "callweave_autoscale_parallelism 2.0",
            "callweave_autoscale_wanted_parallelism 3.0",
            "callweave_autoscale_input_records_per_second 600.0",
            "callweave_autoscale_lag_records 0.0",
        ] {
            assert!(seen.lines().any(|other| other == line), "{line}: {seen}");
        }
        assert!(!seen.contains("\ncallweave_autoscale_read_records_per_second"), "{seen}");
        metrics.decided(&Sample { input_per_s: None, ..sample() }, 2);
        assert!(!text(&registry).contains("\ncallweave_autoscale_input_records_per_second"));
        metrics.saw_nothing();
        assert!(!text(&registry).contains("\ncallweave_autoscale_parallelism"));
    }

    #[test]
    fn what_is_done_and_what_has_failed_are_counted_apart_from_zero_on() {
        let (metrics, registry) = Metrics::new();
        let line = "callweave_autoscale_rescales_total{direction=\"up\",outcome=\"failed\"}";
        assert!(text(&registry).contains(&format!("{line} 0\n")), "{}", text(&registry));
        metrics.count(Deed::Up, false);
        metrics.count(Deed::Remove, true);
        let seen = text(&registry);
        assert!(seen.contains(&format!("{line} 1\n")), "{seen}");
        let removed =
            "callweave_autoscale_taskmanager_commands_total{command=\"remove\",outcome=\"done\"} 1\n";
        assert!(seen.contains(removed), "{seen}");
    }

    #[test]
    fn an_address_where_nothing_can_listen_is_named() {
        let (_, registry) = Metrics::new();
        let error = serve("192.0.2.1:9", registry).unwrap_err();
        assert!(error.to_string().starts_with("cannot listen at 192.0.2.1:9 for --metrics"), "{error:#}");
        assert!(format!("{error:#}").ends_with("as 127.0.0.1:9250"), "{error:#}");
    }
}
