//! A record of Kafka.

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

impl Record {
    /// The reject that the job writes of this record of `input_topic`, unless its topic would refuse it as
    /// too large.
    pub fn rejected(&self, input_topic: &str, reason: &str, detail: &str) -> Self {
        let header = |name: &str, value: &str| (format!("callweave.{name}"), Some(value.as_bytes().to_vec()));
        Record {
            value: self.value.clone(),
            headers: vec![
                header("reason", reason),
                header("detail", detail),
                header("topic", input_topic),
                header("partition", &self.partition.to_string()),
                header("offset", &self.offset.to_string()),
            ],
            ..Record::default()
        }
    }
}
