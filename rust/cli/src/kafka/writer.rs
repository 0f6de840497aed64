//! Writes one topic.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::ClientConfig;

use super::failure::BrokerErrors;
use super::turns::Turns;
use super::{partitions_of, Cluster, ANSWER_TIMEOUT};

/// A record that is not acknowledged after this time has failed.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a new topic may take to be seen.
const CREATION_TIMEOUT: Duration = Duration::from_secs(15);

/// Writes a topic. The producer is idempotent: a record is never in the topic twice because of a
/// lost answer.
pub struct TopicWriter {
    producer: ThreadedProducer<Answers>,
    answers: Answers,
    topic: String,
    bootstrap: String,
    turns: Turns,
    sent: u64,
}

impl TopicWriter {
    /// Connects, and creates the topic with `partitions` partitions if it is missing. Records go
    /// round robin, but for the first partition where it gets a share of its own.
    ///
    /// # Errors
    /// Within seconds when no broker answers or the topic cannot be created.
    pub fn open(
        cluster: &Cluster,
        topic: &str,
        partitions: i32,
        first_share: Option<f64>,
    ) -> anyhow::Result<Self> {
        let mut config = cluster.client_config();
        config
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "20")
            .set("batch.num.messages", "10000")
            .set("queue.buffering.max.messages", "500000")
            .set("queue.buffering.max.kbytes", "262144")
            .set("message.timeout.ms", DELIVERY_TIMEOUT.as_millis().to_string());
        let answers = Answers::default();
        let producer: ThreadedProducer<Answers> =
            config.create_with_context(answers.clone()).map_err(|error| cluster.unusable(&error))?;
        let partitions_now = || {
            let partitions = partitions_of(producer.client(), topic);
            partitions.map_err(|error| cluster.explain(&answers.errors, &error))
        };
        let mut found = partitions_now()?;
        if found.is_none() {
            create_topic(&cluster.client_config(), topic, partitions)?;
            let deadline = Instant::now() + CREATION_TIMEOUT;
            while found.is_none() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(100));
                found = partitions_now()?;
            }
        }
        let bootstrap = cluster.bootstrap().to_owned();
        let partitions = found.with_context(|| {
            format!("topic {topic} was created on {bootstrap}, but does not show up; try again")
        })?;
        Ok(Self {
            producer,
            answers,
            topic: topic.to_owned(),
            bootstrap,
            turns: Turns::new(partitions, first_share),
            sent: 0,
        })
    }

    /// Hands one record to the producer, and waits while its queue is full. No key.
    ///
    /// # Errors
    /// When Kafka has refused this or an earlier record.
    pub fn send(&mut self, value: Option<&[u8]>) -> anyhow::Result<()> {
        let mut record = BaseRecord::<(), [u8]>::to(&self.topic).partition(self.turns.next());
        record.payload = value;
        self.sent += 1;
        loop {
            self.check_answers()?;
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err((error, _)) => {
                    return Err(error).with_context(|| self.refused());
                }
            }
        }
    }

    /// Waits for the answers to all records; returns how many Kafka has acknowledged.
    ///
    /// # Errors
    /// When it has refused one.
    pub fn finish(&mut self) -> anyhow::Result<u64> {
        // A flush that runs out of time leaves records without an answer; the count tells.
        let flushed = self.producer.flush(DELIVERY_TIMEOUT + ANSWER_TIMEOUT);
        self.check_answers()?;
        match flushed {
            Ok(()) | Err(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)) => {
                Ok(self.answers.acknowledged())
            }
            Err(error) => Err(error).with_context(|| self.refused()),
        }
    }

    fn check_answers(&self) -> anyhow::Result<()> {
        match self.answers.first_failure() {
            Some(failure) => Err(anyhow::anyhow!(failure).context(self.refused())),
            None => Ok(()),
        }
    }

    fn refused(&self) -> String {
        format!(
            "Kafka at {} did not take a record for topic {} ({} of {} are acknowledged)",
            self.bootstrap,
            self.topic,
            self.answers.acknowledged(),
            self.sent
        )
    }
}

fn create_topic(config: &ClientConfig, topic: &str, partitions: i32) -> anyhow::Result<()> {
    let admin: AdminClient<DefaultClientContext> = config.create().context("cannot set up a Kafka client")?;
    // -1: as many replicas as the cluster gives by default.
    let new_topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(-1));
    let options = AdminOptions::new().operation_timeout(Some(CREATION_TIMEOUT));
    let results = pollster::block_on(admin.create_topics(&[new_topic], &options))
        .with_context(|| format!("cannot create topic {topic}"))?;
    match results.into_iter().next() {
        Some(Err((name, code))) if code != RDKafkaErrorCode::TopicAlreadyExists => {
            anyhow::bail!("cannot create topic {name}: {code}; name one that is there, or have it created")
        }
        _ => Ok(()),
    }
}

/// Counts Kafka's answers. Shared with the producer's own thread.
#[derive(Clone, Default)]
struct Answers {
    counts: Arc<AnswerCounts>,
    errors: BrokerErrors,
}

#[derive(Default)]
struct AnswerCounts {
    acknowledged: AtomicU64,
    failed: AtomicU64,
    first_failure: Mutex<Option<String>>,
}

impl Answers {
    fn acknowledged(&self) -> u64 {
        self.counts.acknowledged.load(Ordering::Relaxed)
    }

    fn first_failure(&self) -> Option<String> {
        if self.counts.failed.load(Ordering::Acquire) == 0 {
            return None;
        }
        let failure = self.counts.first_failure.lock();
        failure.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Answers {
    fn error(&self, error: KafkaError, reason: &str) {
        self.errors.error(error, reason);
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.errors.log(level, facility, message);
    }
}

impl ProducerContext for Answers {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => {
                self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, _)) => {
                let failure = self.counts.first_failure.lock();
                failure.unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| error.to_string());
                self.counts.failed.fetch_add(1, Ordering::Release);
            }
        }
    }
}
