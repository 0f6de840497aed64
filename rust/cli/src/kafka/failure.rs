//! Why brokers cannot be used, and what to set.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::config::ClientSettings;
use super::probe::{probe, Listener};

/// What a failure is about, the most telling last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Connection,
    Tls,
    Login,
}

/// What librdkafka said of a broker.
#[derive(Clone, Debug)]
pub struct BrokerError {
    kind: Kind,
    /// As `ssl://HOST:PORT/bootstrap: ...`. No value of a setting is in it.
    words: String,
}

/// Notes what librdkafka says of the brokers. Clones share their notes.
#[derive(Clone, Default)]
pub struct BrokerErrors(Arc<Mutex<Option<BrokerError>>>);

impl BrokerErrors {
    /// Of the failures so far the most telling; among equals the last.
    pub fn most_telling(&self) -> Option<BrokerError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, kind: Kind, words: &str) {
        // An alert that comes after the handshake is told as a failure of the connection.
        let kind = if words.contains("SSL alert number") { kind.max(Kind::Tls) } else { kind };
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.as_ref().is_none_or(|noted| noted.kind <= kind) {
            // What follows is when it failed, and how often.
            let words = words.split(" (after ").next().unwrap_or(words);
            *noted =
                Some(BrokerError { kind, words: words.split_whitespace().collect::<Vec<_>>().join(" ") });
        }
    }
}

impl ClientContext for BrokerErrors {
    fn error(&self, error: KafkaError, reason: &str) {
        let kind = match error.rdkafka_error_code() {
            // It only sums up what was said of each.
            Some(RDKafkaErrorCode::AllBrokersDown) => return,
            Some(RDKafkaErrorCode::Authentication) => Kind::Login,
            Some(RDKafkaErrorCode::SSL) => Kind::Tls,
            _ => Kind::Connection,
        };
        self.note(kind, reason);
    }

    /// That a broker hangs up counts as no error to librdkafka, so it is only logged.
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        if facility == "FAIL" {
            let words = message.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: "));
            self.note(Kind::Connection, words.map_or(message, |(_, words)| words));
        }
    }
}

impl ConsumerContext for BrokerErrors {}

/// A failure to use Kafka, to be explained.
pub struct Failed<'a> {
    /// The brokers, as the user named them.
    pub bootstrap: &'a str,
    /// The settings of the client.
    pub settings: &'a ClientSettings,
    /// Where the user sets a property.
    pub place: String,
    /// What librdkafka said.
    pub last: Option<BrokerError>,
}

impl Failed<'_> {
    /// One line: what is wrong, and what to set.
    pub fn explain(&self, error: &KafkaError) -> String {
        let address = self.address();
        match &self.last {
            Some(BrokerError { kind: Kind::Login, words }) => self.explain_login(&address, words),
            Some(BrokerError { kind: Kind::Tls, words }) => self.explain_tls(&address, words),
            _ => self.explain_connection(&address, error),
        }
    }

    /// The broker that failed.
    fn address(&self) -> String {
        let named = self.last.as_ref().and_then(|last| address_in(&last.words));
        named.or_else(|| self.bootstrap_addresses().next()).unwrap_or_else(|| self.bootstrap.to_owned())
    }

    fn bootstrap_addresses(&self) -> impl Iterator<Item = String> + '_ {
        self.bootstrap.split(',').map(str::to_owned)
    }

    fn explain_login(&self, address: &str, words: &str) -> String {
        let place = &self.place;
        if words.contains("current SASL state") {
            let protocol = if self.settings.has_tls() { "SSL" } else { "PLAINTEXT" };
            return format!(
                "the broker at {address} wants no login; set security.protocol={protocol} {place}"
            );
        }
        if let Some((_, supported)) = words.split_once("supported mechanisms: ") {
            return format!(
                "the broker at {address} does not have this sasl.mechanism, only {supported}; \
                 set one of these {place}"
            );
        }
        format!(
            "the broker at {address} does not accept the login; \
             check sasl.mechanism, and the user and the password in sasl.jaas.config, {place}"
        )
    }

    fn explain_tls(&self, address: &str, words: &str) -> String {
        let place = &self.place;
        if words.contains("SSL alert number") {
            return match self.settings.properties.contains_key("ssl.certificate.pem") {
                true => format!(
                    "the broker at {address} does not accept this client's certificate; \
                     check ssl.keystore.location {place}"
                ),
                false => format!(
                    "the broker at {address} refuses TLS with this client, as one that wants a certificate \
                     of its clients does; set ssl.keystore.location {place}"
                ),
            };
        }
        if words.contains("wrong version number") {
            return self.explain_plain(address);
        }
        #[cfg(feature = "tls")]
        if let Some(why) = self.explain_certificate(address) {
            return why;
        }
        format!("TLS with the broker at {address} failed ({words}); check the properties ssl.* {place}")
    }

    #[cfg(feature = "tls")]
    fn explain_certificate(&self, address: &str) -> Option<String> {
        use super::config::ENDPOINT_IDENTIFICATION;
        use super::handshake::{certificate_fault, Fault};

        let place = &self.place;
        let properties = &self.settings.properties;
        let trusted = properties.get("ssl.ca.pem").map(String::as_str);
        let checks_host = properties.get(ENDPOINT_IDENTIFICATION).is_none_or(|algorithm| algorithm != "none");
        Some(match certificate_fault(address, trusted, checks_host)? {
            Fault::OtherHost(names) => format!(
                "the certificate of the broker at {address} is made out to {names}; use such a name in \
                 --bootstrap and in the broker's advertised.listeners"
            ),
            Fault::OutOfDate => format!(
                "the certificate of the broker at {address} is out of date; the broker needs a new one"
            ),
            Fault::Untrusted(why) => format!(
                "the certificate of the broker at {address} is not trusted ({why}); \
                 set ssl.truststore.location {place} to a store with it or with its signer's"
            ),
        })
    }

    fn explain_connection(&self, address: &str, error: &KafkaError) -> String {
        let place = &self.place;
        match (probe(address), self.settings.has_tls()) {
            (Listener::Unreachable(why), _) => self.explain_unreachable(address, &why.to_string()),
            (Listener::Tls, false) => format!(
                "the broker at {address} wants TLS; set security.protocol=SSL, \
                 or SASL_SSL for a login, {place}"
            ),
            (Listener::PlainKafka, true) => self.explain_plain(address),
            (Listener::Tls, true) | (Listener::PlainKafka, false) if self.hung_up_without_login() => {
                let protocol = if self.settings.has_tls() { "SASL_SSL" } else { "SASL_PLAINTEXT" };
                format!(
                    "the broker at {address} hangs up on this client, as one that wants a login does; \
                     set security.protocol={protocol}, sasl.mechanism and sasl.jaas.config {place}"
                )
            }
            (Listener::Tls, true) => self.explain_after_handshake(address),
            (Listener::Silent, has_tls) => format!(
                "what listens at {address} takes the connection and then says nothing{}; see whether a Kafka \
                 broker listens there, and whether it or what stands before it hangs, and give its HOST:PORT \
                 with --bootstrap or KAFKA_BOOTSTRAP",
                if has_tls { ", not even to the beginning of TLS" } else { "" }
            ),
            (Listener::HangsUp, has_tls) => format!(
                "what listens at {address} ends the connection without a word{}; see in the broker's log why, \
                 or give its HOST:PORT with --bootstrap or KAFKA_BOOTSTRAP",
                if has_tls { ", before TLS has begun" } else { "" }
            ),
            (Listener::Other, _) => format!(
                "what listens at {address} is no Kafka broker: it speaks neither Kafka's protocol nor TLS; \
                 give the broker's HOST:PORT with --bootstrap or KAFKA_BOOTSTRAP"
            ),
            (Listener::PlainKafka, false) => self.explain_unreachable(address, &error.to_string()),
        }
    }

    /// TLS is as it should be, and what is said inside is not answered.
    fn explain_after_handshake(&self, address: &str) -> String {
        let how = match self.has_hung_up() {
            true => "ends the connection",
            false => "does not answer",
        };
        let login = match self.settings.has_login() {
            true => {
                "see whether that is a listener of Kafka with SASL_SSL, set security.protocol=SSL if it wants \
                 no login"
            }
            false => "see whether that is a listener of Kafka with SSL",
        };
        format!(
            "what listens at {address} speaks TLS, but {how} when it is asked as a Kafka broker; {login} ({}), \
             and look into the broker's log",
            self.place
        )
    }

    /// Whether the broker has ended the connection, and the client has no login to offer.
    fn hung_up_without_login(&self) -> bool {
        self.has_hung_up() && !self.settings.has_login()
    }

    fn has_hung_up(&self) -> bool {
        self.last.as_ref().is_some_and(|last| !last.words.contains("timed out"))
    }

    fn explain_plain(&self, address: &str) -> String {
        format!(
            "the broker at {address} speaks without TLS; set security.protocol=PLAINTEXT, \
             or SASL_PLAINTEXT for a login, {}",
            self.place
        )
    }

    fn explain_unreachable(&self, address: &str, why: &str) -> String {
        if self.bootstrap_addresses().any(|broker| broker == address) {
            return format!(
                "no Kafka broker answers at {address} ({why}); \
                 give its HOST:PORT with --bootstrap or KAFKA_BOOTSTRAP"
            );
        }
        format!(
            "no Kafka broker answers at {address} ({why}), which is what the brokers at {} advertise; \
             set advertised.listeners of the broker to what can be reached from here",
            self.bootstrap
        )
    }
}

/// Takes `HOST:PORT` out of librdkafka's `PROTOCOL://HOST:PORT/ID: ...`.
fn address_in(words: &str) -> Option<String> {
    let (name, _) = words.split_once('/').filter(|(name, _)| !name.ends_with(':')).or_else(|| {
        let (_, name) = words.split_once("://")?;
        name.split_once('/')
    })?;
    let (host, port) = name.rsplit_once(':')?;
    let is_address = !host.is_empty() && !host.contains(char::is_whitespace) && port.parse::<u16>().is_ok();
    is_address.then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
