//! Where the partitions of a topic begin and end.

use std::collections::BTreeMap;

use rdkafka::consumer::{BaseConsumer, Consumer};

use super::failure::BrokerErrors;
use super::{partitions_of, Cluster, ANSWER_TIMEOUT};

/// The first offset of a partition, and the one that its next record gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first.
    pub begin: i64,
    /// The next.
    pub end: i64,
}

/// Asks for the bounds of one topic again and again.
pub struct TopicEnds {
    consumer: BaseConsumer<BrokerErrors>,
    cluster: Cluster,
    topic: String,
}

impl TopicEnds {
    /// Does not connect.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(cluster: &Cluster, topic: &str) -> anyhow::Result<Self> {
        let consumer = cluster
            .client_config()
            .create_with_context(BrokerErrors::default())
            .map_err(|error| cluster.unusable(&error))?;
        Ok(Self { consumer, cluster: cluster.clone(), topic: topic.to_owned() })
    }

    /// By partition; one request for each.
    ///
    /// # Errors
    /// When a broker does not answer, or there is no such topic.
    pub fn read(&self) -> anyhow::Result<BTreeMap<i32, Bounds>> {
        let why = |error| anyhow::anyhow!("Kafka at {} does not answer: {error}", self.cluster.bootstrap());
        let ids = partitions_of(self.consumer.client(), &self.topic).map_err(why)?;
        let ids = ids.ok_or_else(|| anyhow::anyhow!(self.cluster.has_no_topic(&self.topic)))?;
        let bounds = ids.into_iter().map(|id| {
            let (begin, end) = self.consumer.fetch_watermarks(&self.topic, id, ANSWER_TIMEOUT)?;
            Ok((id, Bounds { begin, end }))
        });
        bounds.collect::<Result<_, _>>().map_err(why)
    }
}
