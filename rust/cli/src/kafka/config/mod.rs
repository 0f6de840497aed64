//! The properties of Java's clients, which the job takes, as settings of librdkafka.
//!
//! Most have the same name. TLS and the login differ: `login` and `stores` have what they mean.

mod java_names;
mod login;
mod names;
mod properties;
#[cfg(feature = "tls")]
mod stores;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;
use rdkafka::ClientConfig;

use login::Login;
use properties::{Given, Properties};

/// Whether the broker's certificate must be made out to its host: `https`, or `none`.
pub const ENDPOINT_IDENTIFICATION: &str = "ssl.endpoint.identification.algorithm";

/// What the job refuses as well, and why.
const OWNED: [(&str, &str); 11] = [
    ("bootstrap.servers", "use --bootstrap"),
    ("group.id", "no group is joined"),
    ("auto.offset.reset", "topics are read from their beginning"),
    ("isolation.level", "topics are read read_committed"),
    ("enable.auto.commit", "no offsets are committed"),
    ("allow.auto.create.topics", "an input topic has to exist"),
    ("transactional.id", "there are no transactions"),
    ("key.serializer", "records are bytes"),
    ("key.deserializer", "records are bytes"),
    ("value.serializer", "records are bytes"),
    ("value.deserializer", "records are bytes"),
];

/// Which guarantee what is written has, and how fast, is the command's own affair: these are meant
/// for the job.
const OF_THE_JOBS_PRODUCER: [&str; 11] = [
    "acks",
    "batch.size",
    "compression.type",
    "delivery.timeout.ms",
    "enable.idempotence",
    "linger.ms",
    "max.in.flight.requests.per.connection",
    "request.timeout.ms",
    "retries",
    "retry.backoff.ms",
    "transaction.timeout.ms",
];

/// Settings of a client of librdkafka. No `Debug`: there are passwords among them.
#[derive(Clone, Default)]
pub struct ClientSettings {
    /// Names and values.
    pub properties: Properties,
    /// The names of properties that are not used.
    pub ignored: Vec<String>,
}

impl ClientSettings {
    /// Whether the connection is encrypted.
    pub fn has_tls(&self) -> bool {
        self.protocol().ends_with("SSL")
    }

    /// Whether the client logs in.
    pub fn has_login(&self) -> bool {
        self.protocol().starts_with("SASL_")
    }

    fn protocol(&self) -> &str {
        self.properties.get("security.protocol").map_or("PLAINTEXT", String::as_str)
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.properties.insert(name.to_owned(), value.into());
    }
}

/// Reads the properties file of a client.
///
/// # Errors
/// When it cannot be read, or a property cannot be used. No message has a value.
pub fn read(file: &Path) -> anyhow::Result<ClientSettings> {
    let place = || format!("--kafka-config {}", file.display());
    settings(properties::read(file).with_context(place)?).with_context(place)
}

fn settings(given: Given) -> anyhow::Result<ClientSettings> {
    let Given { properties: mut given, lines } = given;
    for (name, instead) in OWNED {
        anyhow::ensure!(!given.contains_key(name), "it sets the Kafka property {name}; {instead}");
    }
    for (name, value) in &given {
        // What stands there may be a piece of a secret.
        anyhow::ensure!(
            names::can_be_shown(name, value) || names::is_known(name),
            "{}is no property: NAME=VALUE is wanted, with a backslash at the end of every line of a value \
             that goes on in the next one",
            line_of(&lines, name)
        );
        if let Some(wrong) = names::misspelt(name) {
            anyhow::bail!("{}{wrong}", line_of(&lines, name));
        }
    }
    let mut settings = ClientSettings::default();
    for value in given.values_mut() {
        // As Java's clients do, with passwords too.
        *value = value.trim().to_owned();
    }
    if let Some(protocol) = given.remove("security.protocol") {
        let protocol = protocol.to_ascii_uppercase();
        anyhow::ensure!(
            ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(&protocol.as_str()),
            "security.protocol must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
        );
        settings.set("security.protocol", protocol);
    }
    take_login(&mut settings, &mut given)?;
    take_tls(&mut settings, &mut given)?;
    for (name, value) in given {
        if OF_THE_JOBS_PRODUCER.contains(&name.as_str()) {
            settings.ignored.push(name);
            continue;
        }
        match accept(&mut settings, &name, &value) {
            Ok(()) => {}
            Err(Refusal::Value) if names::is_about_safety(&name) => {
                anyhow::bail!("the value of {name} is not possible here")
            }
            Err(_) => settings.ignored.push(name),
        }
    }
    Ok(settings)
}

fn line_of(lines: &BTreeMap<String, usize>, name: &str) -> String {
    lines.get(name).map_or_else(String::new, |line| format!("line {line}: "))
}

#[derive(Debug)]
enum Refusal {
    Name,
    Value,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Refusal::Name => "there is no such property",
            Refusal::Value => "the value that it has is not possible",
        })
    }
}

impl std::error::Error for Refusal {}

/// Takes a property over if librdkafka does. Its own messages quote the value.
fn accept(settings: &mut ClientSettings, name: &str, value: &str) -> Result<(), Refusal> {
    match ClientConfig::new().set(name, value).create_native_config() {
        Ok(_) => {
            settings.set(name, value);
            Ok(())
        }
        Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)) => Err(Refusal::Name),
        Err(_) => Err(Refusal::Value),
    }
}

fn take_login(settings: &mut ClientSettings, given: &mut Properties) -> anyhow::Result<()> {
    let jaas = given.remove("sasl.jaas.config");
    let mechanism = given.remove("sasl.mechanism").or_else(|| given.remove("sasl.mechanisms"));
    if !settings.has_login() {
        return Ok(());
    }
    // What Java's clients take where nothing is set.
    let mechanism = mechanism.unwrap_or_else(|| "GSSAPI".to_owned());
    anyhow::ensure!(
        ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].contains(&mechanism.as_str()),
        "sasl.mechanism must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; others, as the default GSSAPI, \
         only the job has"
    );
    settings.set("sasl.mechanism", mechanism);
    if let Some(jaas) = jaas {
        let login = Login::parse(&jaas)?;
        settings.set("sasl.username", login.username);
        settings.set("sasl.password", login.password);
    } else if !given.contains_key("sasl.username") {
        anyhow::bail!("a login wants sasl.jaas.config, which is not set");
    }
    Ok(())
}

/// Whether a property is one of the stores of keys and certificates.
fn is_of_stores(name: &str) -> bool {
    name.starts_with("ssl.truststore.") || name.starts_with("ssl.keystore.") || name == "ssl.key.password"
}

#[cfg(feature = "tls")]
fn take_tls(settings: &mut ClientSettings, given: &mut Properties) -> anyhow::Result<()> {
    let stores: Properties = given.iter().filter(|(name, _)| is_of_stores(name)).map(cloned).collect();
    given.retain(|name, _| !is_of_stores(name));
    let identification = given.remove(ENDPOINT_IDENTIFICATION);
    if !settings.has_tls() {
        return Ok(());
    }
    // Java's names of ciphers are not OpenSSL's.
    if let Some((name, _)) = given.remove_entry("ssl.cipher.suites") {
        settings.ignored.push(name);
    }
    if let Some(algorithm) = identification {
        let algorithm = if algorithm.is_empty() { "none" } else { &algorithm };
        accept(settings, ENDPOINT_IDENTIFICATION, algorithm)
            .with_context(|| format!("{ENDPOINT_IDENTIFICATION} must be https, or empty for none"))?;
    }
    match stores::trusted(&stores)? {
        Some(certificates) => settings.set("ssl.ca.pem", certificates),
        // Those of the operating system: an OpenSSL of its own does not know where they are.
        None if !given.contains_key("ssl.ca.location") && !given.contains_key("ssl.ca.pem") => {
            settings.set("ssl.ca.location", "probe");
        }
        None => {}
    }
    if let Some(identity) = stores::identity(&stores)? {
        settings.set("ssl.certificate.pem", identity.certificates);
        settings.set("ssl.key.pem", identity.key);
    }
    Ok(())
}

#[cfg(feature = "tls")]
fn cloned((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

#[cfg(not(feature = "tls"))]
fn take_tls(settings: &mut ClientSettings, given: &mut Properties) -> anyhow::Result<()> {
    given.retain(|name, _| !is_of_stores(name) && name != ENDPOINT_IDENTIFICATION);
    let mechanism = settings.properties.get("sasl.mechanism");
    anyhow::ensure!(
        !settings.has_tls() && !mechanism.is_some_and(|mechanism| mechanism.starts_with("SCRAM")),
        "this callweave was built without TLS, which SCRAM needs as well; build it with --features tls"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
