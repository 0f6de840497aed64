//! Reads one topic, `read_committed`, from its beginning.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::{client_config, partitions_of, ANSWER_TIMEOUT};
use crate::progress::Progress;

/// A reader to which nothing comes for so long, though there is something, gives up.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A record of a topic, as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its partition.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// Its timestamp in ms of the epoch, whichever kind the topic has.
    pub timestamp_ms: Option<i64>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// Its headers in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// How far a partition has been read.
struct Partition {
    /// Its end when the reader was opened.
    end: i64,
    caught_up: bool,
}

/// Reads a topic's partitions together and keeps what it has read, in order per partition.
pub struct TopicReader {
    consumer: BaseConsumer,
    topic: String,
    partitions: HashMap<i32, Partition>,
    records: Vec<Record>,
    total: u64,
}

impl TopicReader {
    /// Opens a topic at its beginning; `None` if there is no such topic.
    ///
    /// # Errors
    /// Within seconds when no broker answers.
    pub fn open(bootstrap: &str, topic: &str) -> anyhow::Result<Option<Self>> {
        let consumer: BaseConsumer = client_config(bootstrap)
            // Required by the client, but nothing is committed under this name.
            .set("group.id", "callweave-verify")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            .create()
            .context("cannot set up a Kafka consumer")?;
        let Some(ids) = partitions_of(consumer.client(), bootstrap, topic)? else {
            return Ok(None);
        };
        let failed = || format!("cannot read topic {topic} on {bootstrap}");
        let mut partitions = HashMap::new();
        let mut assignment = TopicPartitionList::new();
        let mut total = 0;
        for id in ids {
            let (low, end) = consumer.fetch_watermarks(topic, id, ANSWER_TIMEOUT).with_context(failed)?;
            total += (end - low) as u64;
            let caught_up = end == low;
            partitions.insert(id, Partition { end, caught_up });
            assignment.add_partition_offset(topic, id, Offset::Beginning).with_context(failed)?;
        }
        consumer.assign(&assignment).with_context(failed)?;
        Ok(Some(Self { consumer, topic: topic.to_owned(), partitions, records: Vec::new(), total }))
    }

    /// What has been read so far.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Reads until each partition is at the end that it had when the reader was opened. From a
    /// topic that grows, some records beyond that may come along.
    ///
    /// # Errors
    /// When nothing comes for a long time.
    pub fn read_to_end(&mut self) -> anyhow::Result<()> {
        let mut progress = Progress::start("records read", Some(self.total));
        let mut last_event = Instant::now();
        let mut last_error = None;
        while self.partitions.values().any(|p| !p.caught_up) {
            match self.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    last_event = Instant::now();
                    take(&message, &mut self.partitions, &mut self.records);
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
            progress.set(self.records.len() as u64);
        }
        progress.finish();
        Ok(())
    }

    /// Forgets what was read beyond the ends that the partitions had when the reader was opened.
    pub fn cut_at_end(&mut self) {
        let partitions = &self.partitions;
        self.records.retain(|record| {
            let partition = partitions.get(&record.partition);
            partition.is_some_and(|partition| record.offset < partition.end)
        });
    }

    /// Reads what has come since, until nothing has come for `quiet`.
    pub fn read_more(&mut self, quiet: Duration) {
        let mut last_record = Instant::now();
        while last_record.elapsed() < quiet {
            if let Some(Ok(message)) = self.consumer.poll(quiet) {
                last_record = Instant::now();
                take(&message, &mut self.partitions, &mut self.records);
            }
        }
    }

    fn stalled(&self, last_error: Option<KafkaError>) -> anyhow::Error {
        let seconds = STALL_TIMEOUT.as_secs();
        let topic = &self.topic;
        let why = last_error.map(|e| format!(": {e}")).unwrap_or_default();
        anyhow::anyhow!("nothing came from topic {topic} for {seconds} s, short of its end{why}")
    }
}

fn take(message: &BorrowedMessage<'_>, partitions: &mut HashMap<i32, Partition>, records: &mut Vec<Record>) {
    if let Some(partition) = partitions.get_mut(&message.partition()) {
        partition.caught_up |= message.offset() + 1 >= partition.end;
    }
    let headers = message.headers().map(|headers| {
        let owned = |h: rdkafka::message::Header<'_, &[u8]>| (h.key.to_owned(), h.value.map(<[u8]>::to_vec));
        headers.iter().map(owned).collect()
    });
    records.push(Record {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    });
}
