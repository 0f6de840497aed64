//! A topic, with its open transactions.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Context;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

/// How long a broker may take to answer, and a partition to give its next record.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(200);

/// A reader of one topic.
pub struct Topic {
    consumer: BaseConsumer,
    name: String,
    partitions: Vec<i32>,
}

/// A record of it.
pub struct Record<'a> {
    /// Partition of the topic.
    pub partition: i32,
    /// The broker's timestamp, ms of the epoch.
    pub appended_ms: i64,
    /// Its value.
    pub value: &'a [u8],
}

impl Topic {
    /// Finds the partitions of the topic.
    ///
    /// # Errors
    /// When no broker answers, or there is no such topic.
    pub fn open(bootstrap: &str, name: &str) -> anyhow::Result<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            // Required by the client, but nothing is committed under this name.
            .set("group.id", "callweave-bench")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_uncommitted")
            // A second by default: most of what reading tens of millions of records would take.
            .set("fetch.queue.backoff.ms", "10")
            .create()
            .context("cannot set up a Kafka consumer")?;
        let metadata = consumer
            .fetch_metadata(None, ANSWER_TIMEOUT)
            .with_context(|| format!("no Kafka broker answers at {bootstrap}"))?;
        let found = metadata.topics().iter().find(|topic| topic.name() == name);
        let partitions: Vec<i32> =
            found.into_iter().flat_map(|topic| topic.partitions()).map(|partition| partition.id()).collect();
        anyhow::ensure!(!partitions.is_empty(), "there is no topic {name} at {bootstrap}");
        Ok(Self { consumer, name: name.to_owned(), partitions })
    }

    /// How many offsets it holds: its records, and a marker in a partition for each transaction that
    /// has ended there.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub fn records(&self) -> anyhow::Result<u64> {
        let mut records = 0;
        for &partition in &self.partitions {
            let (low, high) = self.consumer.fetch_watermarks(&self.name, partition, ANSWER_TIMEOUT)?;
            records += u64::try_from(high - low)?;
        }
        Ok(records)
    }

    /// Reads from the beginning to the end, each partition in order.
    ///
    /// # Errors
    /// When nothing comes for a long time, short of the end.
    pub fn read_to_end(self, mut take: impl FnMut(Record<'_>)) -> anyhow::Result<()> {
        let mut assignment = TopicPartitionList::new();
        for &partition in &self.partitions {
            assignment.add_partition_offset(&self.name, partition, Offset::Beginning)?;
        }
        self.consumer.assign(&assignment)?;
        let mut unread: BTreeSet<i32> = self.partitions.iter().copied().collect();
        let mut last_event = Instant::now();
        while !unread.is_empty() {
            match self.consumer.poll(POLL) {
                Some(Ok(message)) => {
                    let appended_ms = message.timestamp().to_millis();
                    if let (Some(value), Some(appended_ms)) = (message.payload(), appended_ms) {
                        take(Record { partition: message.partition(), appended_ms, value });
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => _ = unread.remove(&partition),
                Some(Err(_)) | None => {
                    let name = &self.name;
                    anyhow::ensure!(
                        last_event.elapsed() < ANSWER_TIMEOUT,
                        "nothing came from topic {name}, short of its end"
                    );
                    continue;
                }
            }
            last_event = Instant::now();
        }
        Ok(())
    }
}
