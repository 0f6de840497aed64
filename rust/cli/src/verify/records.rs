//! The records of a topic, kept in memory.

use std::time::Duration;

use callweave_reference::Record;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message};

use crate::kafka::TopicReader;
use crate::progress::Progress;

/// All records of a topic up to now, in order per partition.
pub struct TopicRecords {
    reader: TopicReader,
    records: Vec<Record>,
    /// Those that have come since the topic was opened.
    came_since: Vec<Record>,
}

impl TopicRecords {
    /// Of a topic that is open at its beginning.
    pub fn of(reader: TopicReader) -> Self {
        Self { reader, records: Vec::new(), came_since: Vec::new() }
    }

    /// What has been read so far.
    pub fn all(&self) -> &[Record] {
        &self.records
    }

    /// Reads to the end that the topic had when it was opened.
    ///
    /// # Errors
    /// When nothing comes for a long time.
    pub fn read_to_end(&mut self) -> anyhow::Result<()> {
        let mut progress = Progress::start("records read", Some(self.reader.offsets()));
        let (records, came_since) = (&mut self.records, &mut self.came_since);
        self.reader.read_to_end(|message, was_there| {
            let destination = if was_there { &mut *records } else { &mut *came_since };
            destination.push(record(message));
            progress.set(records.len() as u64);
            Ok(())
        })?;
        progress.finish();
        Ok(())
    }

    /// Reads what has come since, until nothing has come for `quiet`.
    pub fn read_more(&mut self, quiet: Duration) {
        let records = &mut self.records;
        records.append(&mut self.came_since);
        self.reader.read_more(quiet, |message| records.push(record(message)));
    }
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let owned = |h: Header<'_, &[u8]>| (h.key.to_owned(), h.value.map(<[u8]>::to_vec));
    let headers = message.headers().map(|headers| headers.iter().map(owned).collect());
    Record {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}
