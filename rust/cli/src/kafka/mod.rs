//! Kafka as the commands need it: one topic written, or one topic read from end to end.

mod args;
pub(crate) mod brokers;
#[cfg(all(test, feature = "tls"))]
pub(crate) mod certificates;
mod cluster;
mod config;
mod ends;
mod failure;
#[cfg(feature = "tls")]
mod handshake;
mod probe;
mod reader;
mod topic_name;
mod turns;
mod writer;

use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaResult;

pub use args::KafkaArgs;
pub use cluster::Cluster;
pub use ends::{Bounds, TopicEnds};
pub use reader::TopicReader;
pub use topic_name::{check_topic_name, topic_name};
pub use writer::TopicWriter;

/// How long a broker may take to answer before it counts as unreachable.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The partitions of a topic; `None` if there is no such topic.
///
/// All topics are asked for, not this one: a question for one topic may create it.
fn partitions_of<C: ClientContext>(client: &Client<C>, topic: &str) -> KafkaResult<Option<Vec<i32>>> {
    let metadata = client.fetch_metadata(None, ANSWER_TIMEOUT)?;
    let found = metadata.topics().iter().find(|t| t.name() == topic);
    Ok(found
        .map(|t| t.partitions().iter().map(|p| p.id()).collect::<Vec<_>>())
        .filter(|partitions| !partitions.is_empty()))
}
