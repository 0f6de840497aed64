//! Reads one topic, `read_committed`, from its beginning.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::failure::BrokerErrors;
use super::{partitions_of, Cluster, ANSWER_TIMEOUT};

/// A reader to which nothing comes for so long, though there is something, gives up.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Errors to take in when the brokers cannot be used: librdkafka goes on trying.
const MAX_ERRORS: usize = 10;
/// How long one poll waits.
const POLL: Duration = Duration::from_millis(200);

/// How far a partition has been read.
struct Partition {
    /// Its end when the reader was opened.
    end: i64,
    caught_up: bool,
}

/// Reads a topic's partitions together; in order per partition.
pub struct TopicReader {
    consumer: BaseConsumer<BrokerErrors>,
    topic: String,
    partitions: BTreeMap<i32, Partition>,
    offsets: u64,
}

impl TopicReader {
    /// Opens a topic at its beginning; `None` if there is no such topic.
    ///
    /// # Errors
    /// Within seconds when no broker answers.
    pub fn open(cluster: &Cluster, topic: &str) -> anyhow::Result<Option<Self>> {
        let errors = BrokerErrors::default();
        let consumer: BaseConsumer<BrokerErrors> = cluster
            .client_config()
            // Required by the client, but nothing is committed under this name.
            .set("group.id", "callweave-reader")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .create_with_context(errors.clone())
            .map_err(|error| cluster.unusable(&error))?;
        let explained = |error: KafkaError| {
            // What librdkafka has said of the brokers comes to its context by polling.
            for _ in 0..MAX_ERRORS {
                if consumer.poll(POLL).is_none() {
                    break;
                }
            }
            cluster.explain(&errors, &error)
        };
        let Some(ids) = partitions_of(consumer.client(), topic).map_err(explained)? else {
            return Ok(None);
        };
        let failed = || {
            format!(
                "cannot read topic {topic} on {}; see whether all its brokers are up",
                cluster.bootstrap()
            )
        };
        let mut partitions = BTreeMap::new();
        let mut assignment = TopicPartitionList::new();
        let mut offsets = 0;
        for id in ids {
            let (low, end) = consumer
                .fetch_watermarks(topic, id, ANSWER_TIMEOUT)
                .map_err(explained)
                .with_context(failed)?;
            offsets += (end - low) as u64;
            let caught_up = end == low;
            partitions.insert(id, Partition { end, caught_up });
            assignment.add_partition_offset(topic, id, Offset::Beginning).with_context(failed)?;
        }
        consumer.assign(&assignment).with_context(failed)?;
        Ok(Some(Self { consumer, topic: topic.to_owned(), partitions, offsets }))
    }

    /// Offsets from the beginning to the end: at least the number of records.
    pub fn offsets(&self) -> u64 {
        self.offsets
    }

    /// Its partitions, in order.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + '_ {
        self.partitions.keys().copied()
    }

    /// Reads until each partition is at the end that it had when the reader was opened. From a
    /// topic that grows, some records beyond that may come along; `take` is told of each whether it
    /// was there.
    ///
    /// # Errors
    /// When nothing comes for a long time, or what `take` returns.
    pub fn read_to_end(
        &mut self,
        mut take: impl FnMut(&BorrowedMessage<'_>, bool) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut last_event = Instant::now();
        let mut last_error = None;
        while self.partitions.values().any(|p| !p.caught_up) {
            match self.consumer.poll(POLL) {
                Some(Ok(message)) => {
                    last_event = Instant::now();
                    if let Some(partition) = self.partitions.get_mut(&message.partition()) {
                        partition.caught_up |= message.offset() + 1 >= partition.end;
                        take(&message, message.offset() < partition.end)?;
                    }
                }
                Some(Err(KafkaError::PartitionEOF(id))) => {
                    last_event = Instant::now();
                    if let Some(partition) = self.partitions.get_mut(&id) {
                        partition.caught_up = true;
                    }
                }
                Some(Err(error)) => last_error = Some(error),
                None => {}
            }
            if last_event.elapsed() > STALL_TIMEOUT {
                return Err(self.stalled(last_error));
            }
        }
        Ok(())
    }

    /// Reads what has come since, until nothing has come for `quiet`.
    pub fn read_more(&mut self, quiet: Duration, mut take: impl FnMut(&BorrowedMessage<'_>)) {
        let mut last_record = Instant::now();
        while last_record.elapsed() < quiet {
            if let Some(Ok(message)) = self.consumer.poll(quiet) {
                last_record = Instant::now();
                take(&message);
            }
        }
    }

    fn stalled(&self, last_error: Option<KafkaError>) -> anyhow::Error {
        let seconds = STALL_TIMEOUT.as_secs();
        let topic = &self.topic;
        let why = last_error.map(|e| format!(": {e}")).unwrap_or_default();
        anyhow::anyhow!(
            "nothing came from topic {topic} for {seconds} s, short of its end{why}; \
             see whether all its brokers are up, and try again"
        )
    }
}
