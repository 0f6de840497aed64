//! Kafka as the commands need it: one topic written, or one topic read from end to end.

mod reader;
mod turns;
mod writer;

use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::ClientConfig;

pub use reader::TopicReader;
pub use writer::TopicWriter;

/// How long a broker may take to answer before it counts as unreachable.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

fn client_config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("client.id", "callweave");
    config
}

/// The partitions of a topic; `None` if there is no such topic.
///
/// All topics are asked for, not this one: a question for one topic may create it.
fn partitions_of<C: ClientContext>(
    client: &Client<C>,
    bootstrap: &str,
    topic: &str,
) -> anyhow::Result<Option<Vec<i32>>> {
    let metadata = client.fetch_metadata(None, ANSWER_TIMEOUT).map_err(|error| {
        anyhow::anyhow!(
            "no Kafka broker answers at {bootstrap} ({error}); \
                 give its HOST:PORT with --bootstrap or KAFKA_BOOTSTRAP"
        )
    })?;
    let found = metadata.topics().iter().find(|t| t.name() == topic);
    Ok(found
        .map(|t| t.partitions().iter().map(|p| p.id()).collect::<Vec<_>>())
        .filter(|partitions| !partitions.is_empty()))
}
