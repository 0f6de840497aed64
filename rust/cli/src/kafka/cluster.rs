//! The brokers, and how to connect to them.

use std::path::{Path, PathBuf};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::ClientConfig;

use super::config::{self, ClientSettings};
use super::failure::{self, BrokerErrors};
use super::KafkaArgs;
use crate::console::tell;

/// The brokers of one Kafka, and the settings of the clients that connect to them.
#[derive(Clone)]
pub struct Cluster {
    bootstrap: String,
    /// Where the settings come from, for messages.
    file: Option<PathBuf>,
    settings: ClientSettings,
}

impl Cluster {
    /// Reads the properties file, if there is one. Does not connect. Says on stderr which properties
    /// are ignored.
    ///
    /// # Errors
    /// When the file cannot be read or used. No message has a value of it.
    pub fn new(args: &KafkaArgs) -> anyhow::Result<Self> {
        let settings = match &args.kafka_config {
            Some(file) => config::read(file)?,
            None => ClientSettings::default(),
        };
        if let (Some(file), false) = (&args.kafka_config, settings.ignored.is_empty()) {
            let names = settings.ignored.join(", ");
            tell(format_args!("--kafka-config {}: not used by this command: {names}", file.display()));
        }
        let file = args.kafka_config.as_deref().map(Path::to_owned);
        Ok(Self { bootstrap: args.bootstrap.clone(), file, settings })
    }

    /// The brokers, as the user named them.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Says that a topic is missing.
    pub fn has_no_topic(&self, topic: &str) -> String {
        format!("there is no topic {topic} on {}; name one that is there, or create it", self.bootstrap)
    }

    /// What every client needs; each adds its own.
    pub(super) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        // Down to where brokers that hang up are told of.
        config.set_log_level(RDKafkaLogLevel::Info);
        config.set("client.id", "callweave");
        for (name, value) in &self.settings.properties {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }

    /// Why a client cannot be made of these settings, without their values.
    pub(super) fn unusable(&self, error: &KafkaError) -> anyhow::Error {
        let why = match error {
            KafkaError::ClientConfig(_, _, name, _) => format!("{name} has an unusable value"),
            KafkaError::ClientCreation(why) => why.clone(),
            other => other.to_string(),
        };
        anyhow::anyhow!("the Kafka client cannot be set up ({why}); check the properties {}", self.place())
    }

    /// Why the brokers cannot be used, and what to set. Probes the broker that failed, which takes
    /// some seconds at most.
    pub(super) fn explain(&self, errors: &BrokerErrors, error: &KafkaError) -> anyhow::Error {
        let failed = failure::Failed {
            bootstrap: &self.bootstrap,
            settings: &self.settings,
            place: self.place(),
            last: errors.most_telling(),
        };
        anyhow::anyhow!(failed.explain(error))
    }

    /// Where the user sets a property.
    fn place(&self) -> String {
        match &self.file {
            Some(file) => format!("in {}", file.display()),
            None => "in a file that you give with --kafka-config".to_owned(),
        }
    }
}
