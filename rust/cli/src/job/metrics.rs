//! What Flink measures of a job, as far as its size depends on it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::flink::Flink;
use super::rest::Failure;

/// What the subtasks of the source say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceMetrics {
    /// The last offset that was read, by partition.
    pub offsets: BTreeMap<i32, i64>,
    /// How far the job's time is behind the clock, of the last subtask, ms.
    pub wall_clock_lag_ms: Option<f64>,
}

#[derive(Deserialize)]
struct Metric {
    id: String,
    max: Option<f64>,
}

#[derive(Deserialize)]
struct Value {
    id: String,
    value: String,
}

#[derive(Deserialize)]
struct BackPressure {
    status: String,
    #[serde(default)]
    subtasks: Vec<Subtask>,
}

#[derive(Deserialize)]
struct Subtask {
    ratio: f64,
}

#[derive(Deserialize)]
struct TaskManagers {
    taskmanagers: Vec<TaskManager>,
}

/// A process with slots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskManager {
    /// Flink's name for it, `taskmanager.resource-id` where that is set.
    pub id: String,
    /// Where it answers: `akka.tcp://flink@HOST:PORT/user/rpc/taskmanager_0`.
    #[serde(default)]
    pub path: String,
    /// All its slots.
    #[serde(default, rename = "slotsNumber")]
    pub slots: u32,
    /// Those in which no job is.
    #[serde(default)]
    pub free_slots: u32,
}

impl TaskManager {
    /// Host and port, as other processes reach it.
    pub fn address(&self) -> Option<(&str, &str)> {
        self.path.split_once('@')?.1.split('/').next()?.rsplit_once(':')
    }
}

#[derive(Deserialize)]
struct CheckpointConfig {
    interval: u64,
}

/// A number that is larger means that there are no periodic checkpoints.
const MAX_INTERVAL_MS: u64 = 1 << 40;

impl Flink {
    /// The names of what [`Flink::source_metrics`] wants of the vertex with the source, for a URL.
    pub fn source_metric_names(&self, job: &str, vertex: &str) -> Result<String, Failure> {
        let known: Vec<Metric> = self.ask(&format!("/jobs/{job}/vertices/{vertex}/subtasks/metrics"))?;
        let wanted = known.iter().map(|metric| &*metric.id).filter(is_wanted);
        Ok(wanted.map(encoded).collect::<Vec<_>>().join(","))
    }

    /// Of the vertex with the source, as Flink has last asked its TaskManagers: it does so when it is asked for
    /// something itself, and not before the last time is ten seconds ago.
    pub fn source_metrics(&self, job: &str, vertex: &str, names: &str) -> Result<SourceMetrics, Failure> {
        if names.is_empty() {
            return Ok(SourceMetrics::default());
        }
        let path = format!("/jobs/{job}/vertices/{vertex}/subtasks/metrics?agg=max&get={names}");
        let values: Vec<Metric> = self.ask(&path)?;
        Ok(read_source(values.iter().filter_map(|metric| Some((&*metric.id, metric.max?)))))
    }

    /// The share of its time in which a vertex waits for those behind it. The first question only has Flink look.
    pub fn back_pressure(&self, job: &str, vertex: &str) -> Result<Option<f64>, Failure> {
        let answer: BackPressure = self.ask(&format!("/jobs/{job}/vertices/{vertex}/backpressure"))?;
        let ratios: Vec<f64> = answer.subtasks.iter().map(|subtask| subtask.ratio).collect();
        let is_fresh = answer.status == "ok" && !ratios.is_empty();
        Ok(is_fresh.then(|| ratios.iter().sum::<f64>() / ratios.len() as f64))
    }

    /// All that have said that they are there, and were not missed since.
    pub fn taskmanagers(&self) -> Result<Vec<TaskManager>, Failure> {
        self.ask::<TaskManagers>("/taskmanagers").map(|all| all.taskmanagers)
    }

    /// How long each TaskManager has collected garbage since its start, ms: two requests for each.
    pub fn garbage_collection_ms(&self) -> Result<BTreeMap<String, f64>, Failure> {
        let mut times = BTreeMap::new();
        for TaskManager { id, .. } in self.taskmanagers()? {
            let path = format!("/taskmanagers/{id}/metrics");
            let known: Vec<Metric> = self.ask(&path)?;
            let collectors = known.iter().map(|metric| &*metric.id);
            let wanted: Vec<String> = collectors.filter(|id| is_collection(id)).map(encoded).collect();
            if wanted.is_empty() {
                continue;
            }
            let values: Vec<Value> = self.ask(&format!("{path}?get={}", wanted.join(",")))?;
            let known = values.iter().filter(|value| is_collection(&value.id));
            times.insert(id, known.filter_map(|value| value.value.parse::<f64>().ok()).sum());
        }
        Ok(times)
    }

    /// Between two checkpoints, ms; `None` if there are none.
    pub fn checkpoint_interval_ms(&self, job: &str) -> Result<Option<u64>, Failure> {
        let config: CheckpointConfig = self.ask(&format!("/jobs/{job}/checkpoints/config"))?;
        Ok(Some(config.interval).filter(|interval| (1..MAX_INTERVAL_MS).contains(interval)))
    }
}

fn is_wanted(id: &&str) -> bool {
    partition(id).is_some() || id.ends_with(".callweave.wallClockLagMs")
}

fn is_collection(id: &str) -> bool {
    id.starts_with("Status.JVM.GarbageCollector.") && id.ends_with(".Time")
}

/// Of `Source__Calls.KafkaConsumer.topic.NAME.partition.3.currentOffsets`: 3.
fn partition(id: &str) -> Option<i32> {
    id.strip_suffix(".currentOffsets")?.rsplit_once(".partition.")?.1.parse().ok()
}

/// A name of a metric within a URL.
fn encoded(id: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    id.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn read_source<'a>(figures: impl Iterator<Item = (&'a str, f64)>) -> SourceMetrics {
    let mut metrics = SourceMetrics::default();
    for (id, figure) in figures {
        match partition(id) {
            // Before the first record of a partition it is a number far below zero.
            Some(partition) if figure >= 0.0 => {
                metrics.offsets.insert(partition, figure as i64);
            }
            None if figure >= 0.0 => metrics.wall_clock_lag_ms = Some(figure),
            _ => {}
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taskmanager_is_where_its_path_says() {
        let answer = r#"{"taskmanagers": [
            {"id": "a", "path": "akka.tcp://flink@10.0.0.7:41337/user/rpc/taskmanager_0", "slotsNumber": 4, "freeSlots": 3},
            {"id": "b", "path": "akka.tcp://flink@[::1]:41337/user/rpc/taskmanager_0", "slotsNumber": 1, "freeSlots": 1},
            {"id": "c", "path": "akka://flink/user/rpc/taskmanager_0"}
        ]}"#;
        let all: TaskManagers = serde_json::from_str(answer).unwrap();
        let [a, b, c] = &all.taskmanagers[..] else { panic!("{}", all.taskmanagers.len()) };
        assert_eq!((a.address(), a.slots, a.free_slots), (Some(("10.0.0.7", "41337")), 4, 3));
        assert_eq!(b.address(), Some(("[::1]", "41337")));
        assert_eq!(c.address(), None);
    }

    #[test]
    fn offsets_are_read_by_partition_and_what_flink_does_not_know_yet_is_missing() {
        let offset = |partition| {
            format!("Source__Calls.KafkaConsumer.topic.a.b-c.partition.{partition}.currentOffsets")
        };
        let (read, unread) = (offset(3), offset(4));
        let lag = "Route.callweave.wallClockLagMs";
        let metrics = read_source([(&*read, 41.0), (&*unread, -915_623_761_776.0), (lag, 20.0)].into_iter());
        assert_eq!(metrics.offsets, BTreeMap::from([(3, 41)]));
        assert_eq!(metrics.wall_clock_lag_ms, Some(20.0));
        assert_eq!(read_source([(lag, -1.0)].into_iter()), SourceMetrics::default());
        assert!(is_wanted(&&*read) && !is_wanted(&"Source__Calls.KafkaConsumer.current-offsets.a-0"));
        assert_eq!(encoded("a b.c-1"), "a%20b.c-1");
    }
}
