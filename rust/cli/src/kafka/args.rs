//! The flags that say how to reach Kafka.

use super::brokers;
use crate::paths::InputPath;
use crate::values::reader;

/// How to reach Kafka, as flags of a subcommand.
#[derive(Clone, Debug, clap::Args)]
pub struct KafkaArgs {
    /// Kafka brokers, with commas between them; an IPv6 address is put in brackets
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "KAFKA_BOOTSTRAP",
        default_value = "localhost:9092",
        value_parser = reader(brokers::read)
    )]
    pub bootstrap: String,
    /// Properties of the Kafka client, as for TLS and a login: the file that the job takes
    ///
    /// Properties that only Java's clients have are ignored, in one line that names them. A misspelt one
    /// is an error.
    #[arg(long, value_name = "FILE")]
    pub kafka_config: Option<InputPath>,
}
