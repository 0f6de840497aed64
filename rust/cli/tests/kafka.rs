//! The command against a real broker, whose HOST:PORT is in `CALLWEAVE_TEST_BOOTSTRAP`: `scripts/test`
//! starts one. Without it these tests are skipped, and say so.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::ClientConfig;
use serde_json::Value;
use support::{callweave, command, path, text};

const TIMEOUT: Duration = Duration::from_secs(60);

/// A broker, and a folder for files.
struct Kafka {
    bootstrap: String,
    folder: tempfile::TempDir,
}

impl Kafka {
    fn of_the_tests() -> Option<Self> {
        let Ok(bootstrap) = std::env::var("CALLWEAVE_TEST_BOOTSTRAP") else {
            println!("skipped: CALLWEAVE_TEST_BOOTSTRAP names no broker; scripts/test starts one");
            return None;
        };
        Some(Self { bootstrap, folder: tempfile::tempdir().unwrap() })
    }

    /// A topic of its own for each test.
    fn topic(&self) -> String {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        format!("command-{}-{number}", std::process::id())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(&[arguments, &["--bootstrap", &self.bootstrap]].concat())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn file(&self, name: &str) -> String {
        path(self.folder.path(), name)
    }

    /// Calls into a new topic; returns the summary.
    fn simulate(&self, topic: &str, arguments: &[&str]) -> String {
        let output = self.run(&[&["simulate", "--seed", "1", "--topic", topic], arguments].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    }

    /// The facts of a topic.
    fn check(&self, topic: &str) -> Value {
        let output = self.run(&["check", "--json", &format!("kafka:{topic}")]);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn records_by_partition(&self, topic: &str) -> Vec<u64> {
        let facts = self.check(topic);
        let partitions = facts["partitions"]["all"].as_array().unwrap();
        partitions.iter().map(|partition| partition["records"].as_u64().unwrap()).collect()
    }

    /// A new topic without records.
    fn empty_topic(&self) -> String {
        let topic = self.topic();
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &self.bootstrap).create().unwrap();
        let new = NewTopic::new(&topic, 2, TopicReplication::Fixed(1));
        pollster::block_on(admin.create_topics([&new], &AdminOptions::new())).unwrap();
        topic
    }

    fn producer(&self, transactional_id: &str) -> ThreadedProducer<DefaultProducerContext> {
        let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .set("transactional.id", transactional_id)
            .create()
            .unwrap();
        producer.init_transactions(TIMEOUT).unwrap();
        producer
    }
}

fn write_lines(producer: &ThreadedProducer<DefaultProducerContext>, topic: &str, file: &str) {
    producer.begin_transaction().unwrap();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        producer.send(BaseRecord::<(), str>::to(topic).payload(line)).unwrap();
    }
    producer.flush(TIMEOUT).unwrap();
}

/// Writes the lines of a file as the job writes its records: the key is the id in that field.
fn write_results(kafka: &Kafka, topic: &str, file: &str, key: &str) {
    let producer = kafka.producer(topic);
    producer.begin_transaction().unwrap();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let key = record[key].as_str().unwrap();
        producer.send(BaseRecord::to(topic).key(key).payload(line)).unwrap();
    }
    producer.commit_transaction(TIMEOUT).unwrap();
}

#[test]
fn a_missing_topic_is_created_with_the_partitions_asked_for_and_records_go_round_robin() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let topic = kafka.topic();
    kafka.simulate(&topic, &["--calls", "30", "--partitions", "3"]);
    assert_eq!(kafka.records_by_partition(&topic), [10, 10, 10]);
    // The second run finds three partitions, whatever it would have made.
    kafka.simulate(&topic, &["--calls", "30", "--partitions", "7"]);
    assert_eq!(kafka.records_by_partition(&topic), [20, 20, 20]);
}

#[test]
fn a_hot_partition_gets_its_share_of_the_records() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let topic = kafka.topic();
    kafka.simulate(&topic, &["--calls", "120", "--partitions", "4", "--hot-partition", "0.75"]);
    assert_eq!(kafka.records_by_partition(&topic), [90, 10, 10, 10]);
}

#[test]
fn broker_and_topic_come_from_the_environment_unless_a_flag_says_otherwise() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let topic = kafka.topic();
    let run = ["simulate", "--calls", "10", "--partitions", "1"];
    let variables = [("KAFKA_BOOTSTRAP", kafka.bootstrap.as_str()), ("KAFKA_TOPIC", &topic)];
    assert!(command(&run).envs(variables).status().unwrap().success());
    let wrong = [("KAFKA_BOOTSTRAP", "127.0.0.1:1"), ("KAFKA_TOPIC", "no topic has this name")];
    let flags = ["--bootstrap", &kafka.bootstrap, "--topic", &topic];
    assert!(command(&[&run[..], &flags].concat()).envs(wrong).status().unwrap().success());
    assert_eq!(kafka.records_by_partition(&topic), [20]);
}

#[test]
fn a_check_of_a_topic_finds_what_was_simulated() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let topic = kafka.topic();
    let mut arguments = vec!["--calls", "3000", "--rate", "100"];
    let reasons = ["malformed", "invalid", "inconsistent", "too_long", "future", "late"];
    for share in ["--malformed", "--invalid", "--inconsistent", "--too-long", "--future", "--late"] {
        arguments.extend([share, "0.02"]);
    }
    let summary = kafka.simulate(&topic, &arguments);
    let facts = kafka.check(&topic);
    for reason in reasons {
        let count = &facts["records"]["rejected_by_reason"][reason]["count"];
        assert!(summary.contains(&format!("{reason} {count}")), "{reason} {count}: {summary}");
    }
    assert_eq!(facts["records"]["accepted"], 3000);
    let place = &facts["records"]["rejected_by_reason"]["invalid"]["examples"][0]["place"];
    assert!(place.as_str().unwrap().contains("partition"), "{place}");
}

#[test]
fn ctrl_c_ends_a_stream_when_all_that_was_sent_is_acknowledged() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let topic = kafka.topic();
    let mut child = kafka
        .command(&[
            "simulate",
            "--stream",
            "--rate",
            "200",
            "--delay-scale-ms",
            "1",
            "--topic",
            &topic,
            "--print-msg",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(printed.by_ref().take(50).count(), 50);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let sent = 50 + printed.count() as u64;
    let output = child.wait_with_output().unwrap();
    let summary = text(&output.stderr);
    assert!(output.status.success(), "{summary}");
    assert!(summary.contains(&format!("records: {sent}, acknowledged: {sent};")), "{summary}");
    assert_eq!(kafka.records_by_partition(&topic).iter().sum::<u64>(), sent);
}

#[test]
fn only_committed_results_are_compared() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let (calls, linked) = (kafka.file("calls"), kafka.file("linked"));
    for arguments in [
        &["simulate", "--calls", "500", "--seed", "2", "--out", &calls][..],
        &["link", &calls, "-o", &linked],
    ] {
        assert!(callweave(arguments).status.success());
    }
    let topic = kafka.topic();
    kafka.simulate(&topic, &["--calls", "1", "--partitions", "2"]);
    let of_topic = format!("kafka:{topic}");
    let producer = kafka.producer(&topic);
    write_lines(&producer, &topic, &linked);
    producer.abort_transaction(TIMEOUT).unwrap();
    write_lines(&producer, &topic, &linked);
    producer.commit_transaction(TIMEOUT).unwrap();
    let compare = |a: &str, b: &str| {
        let output = kafka.run(&["compare", "--json", a, b]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), report)
    };
    let (code, report) = compare(&linked, &of_topic);
    assert_eq!(report["b"]["records"], 501, "once what was committed, and the call that made the topic");
    assert_eq!(report["differences"]["no_result_in_b"]["count"], 1, "that call");
    assert_eq!((code, &report["in_both"]), (1, &Value::from(500)));
    assert_eq!(report["differences"]["twice_in_b"]["count"], 0);
}

#[test]
fn verify_judges_links_and_chains_and_leaves_out_what_the_job_does_not_write() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let (calls, linked, chains) = (kafka.file("calls"), kafka.file("linked"), kafka.file("chains"));
    for arguments in [
        &["simulate", "--calls", "500", "--seed", "2", "--out", &calls][..],
        &["link", &calls, "-o", &linked, "--chains", &chains],
    ] {
        assert!(callweave(arguments).status.success());
    }
    let [input, of_links, of_chains, rejects] = [(); 4].map(|()| kafka.empty_topic());
    let producer = kafka.producer(&input);
    write_lines(&producer, &input, &calls);
    producer.commit_transaction(TIMEOUT).unwrap();
    write_results(&kafka, &of_links, &linked, "id");
    write_results(&kafka, &of_chains, &chains, "chain");
    let verify = |more: &[&str]| {
        let topics = ["--input-topic", &input, "--output-topic", &of_links, "--chains-topic", &of_chains];
        let output =
            kafka.run(&[&["verify", "--json", "--rejects-topic", &rejects], &topics[..], more].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report)
    };
    for more in [&["--wait", "--timeout", "60"][..], &["--outputs", "chains"]] {
        let (code, report) = verify(more);
        assert_eq!(code, Some(0), "{report}");
        assert_eq!(report["chains"]["calls"], 500);
    }
    // Once more, as a job that writes twice does.
    write_results(&kafka, &of_chains, &chains, "chain");
    let (code, report) = verify(&[]);
    assert_eq!(code, Some(1), "{report}");
    assert_eq!(report["differences"]["in_two_chains"]["count"], 500);
    let (code, report) = verify(&["--outputs=links"]);
    assert_eq!((code, &report["chains"]), (Some(0), &Value::Null), "{report}");
}

#[test]
fn only_committed_chains_are_drawn() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let (calls, chains) = (kafka.file("calls"), kafka.file("chains"));
    for arguments in [
        &["simulate", "--calls", "100", "--seed", "2", "--out", &calls][..],
        &["link", &calls, "-o", "/dev/null", "--chains", &chains],
    ] {
        assert!(callweave(arguments).status.success());
    }
    let topic = kafka.topic();
    // Makes the topic; it is no chain.
    kafka.simulate(&topic, &["--calls", "1", "--partitions", "2"]);
    let producer = kafka.producer(&topic);
    write_lines(&producer, &topic, &chains);
    producer.abort_transaction(TIMEOUT).unwrap();
    write_lines(&producer, &topic, &chains);
    producer.commit_transaction(TIMEOUT).unwrap();
    let drawn = |input: &str| text(&kafka.run(&["show", input, "--slowest", "1"]).stdout);
    // With how many chains there are.
    assert_eq!(drawn(&format!("kafka:{topic}")), drawn(&chains));
}

#[test]
fn a_report_tells_the_reasons_of_a_topic_of_rejects_as_far_as_they_are_committed() {
    let Some(kafka) = Kafka::of_the_tests() else { return };
    let topic = kafka.empty_topic();
    let send = |producer: &ThreadedProducer<DefaultProducerContext>, reason: &str, value: &str| {
        let header = |key, value: &'static str| Header { key, value: Some(value) };
        let headers = OwnedHeaders::new()
            .insert(Header { key: "callweave.reason", value: Some(reason) })
            .insert(header("callweave.detail", "no id"))
            .insert(header("callweave.topic", "calls"))
            .insert(header("callweave.partition", "3"))
            .insert(header("callweave.offset", "17"));
        producer.send(BaseRecord::<(), str>::to(&topic).payload(value).headers(headers)).unwrap();
    };
    let producer = kafka.producer(&topic);
    producer.begin_transaction().unwrap();
    for _ in 0..3 {
        send(&producer, "invalid", "{}");
    }
    send(&producer, "late", "x");
    producer.commit_transaction(TIMEOUT).unwrap();
    producer.begin_transaction().unwrap();
    send(&producer, "malformed", "aborted");
    producer.flush(TIMEOUT).unwrap();
    producer.abort_transaction(TIMEOUT).unwrap();

    let page = kafka.file("report.html");
    let output = kafka.run(&["report", &format!("kafka:{topic}"), "-o", &page]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = std::fs::read_to_string(page).unwrap();
    let data = page.split_once(r#"id="data">"#).unwrap().1.split_once("</script>").unwrap().0;
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["rejects"], 4);
    let reasons = data["reasons"].as_array().unwrap();
    assert_eq!(reasons.iter().map(|reason| &reason["reason"]).collect::<Vec<_>>(), ["invalid", "late"]);
    assert_eq!(reasons[0]["details"], serde_json::json!([["no id", 3]]));
    let example = reasons[0]["examples"][0].to_string();
    assert!(example.contains("{}"), "{example}");
}

#[test]
fn a_topic_that_is_not_there_is_named_in_one_line() {
    let Some(kafka) = Kafka::of_the_tests() else {
        return;
    };
    let file = kafka.file("empty");
    std::fs::write(Path::new(&file), "").unwrap();
    for arguments in [
        &["check", "kafka:nowhere-to-be-found"][..],
        &["compare", &file, "kafka:nowhere-to-be-found"],
        &["show", "kafka:nowhere-to-be-found"],
        &["verify", "--input-topic", "nowhere-to-be-found"],
    ] {
        let output = kafka.run(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains("there is no topic nowhere-to-be-found"), "{stderr}");
    }
}
