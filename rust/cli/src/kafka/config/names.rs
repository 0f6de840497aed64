//! Names of properties: which there are, and which is meant by one that there is not.

use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;
use rdkafka::ClientConfig;
use strsim::damerau_levenshtein;

use super::java_names::JAVA_NAMES;

/// A misspelt one of these would leave the connection open, or would use another key or password.
const ABOUT_SAFETY: [&str; 4] = ["security.", "sasl.", "ssl.", "enable.ssl."];
/// What has names of its own, which nobody but its plug-ins knows.
const OF_OTHERS: [&str; 1] = ["flink."];
/// Letters that are wrong, missing or too many in a name that is taken for a misspelt one.
const MAX_TYPOS: usize = 2;

/// Whether a property is about who may read and write what is sent.
pub fn is_about_safety(name: &str) -> bool {
    ABOUT_SAFETY.iter().any(|start| name.starts_with(start))
}

/// Whether Java's clients or librdkafka have a property of this name.
pub fn is_known(name: &str) -> bool {
    JAVA_NAMES.contains(&name) || (has_usual_letters(name) && is_of_librdkafka(name))
}

/// What is wrong with the name of a property, if no client has it, and it is about safety or close to
/// one that there is. Others are left to plug-ins, as Java's clients do.
pub fn misspelt(name: &str) -> Option<String> {
    if is_known(name) || OF_OTHERS.iter().any(|start| name.starts_with(start)) {
        return None;
    }
    let with_typos = JAVA_NAMES.map(|known| (damerau_levenshtein(name, known), known));
    let (typos, nearest) = with_typos.into_iter().min()?;
    (typos <= MAX_TYPOS || is_about_safety(name)).then(|| {
        format!("the Kafka clients have no property {name}; the nearest name that they have is {nearest}")
    })
}

/// Whether this can be a property of some client, and its name be shown. All of Kafka's are in lower
/// case and have a dot; a line of a password or a key without its backslash is not, or has no value.
pub fn can_be_shown(name: &str, value: &str) -> bool {
    name.contains('.') && has_usual_letters(name) && !value.is_empty()
}

fn has_usual_letters(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

fn is_of_librdkafka(name: &str) -> bool {
    let set = ClientConfig::new().set(name, "").create_native_config();
    !matches!(set, Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_told_with_the_one_that_is_meant() {
        for (name, meant) in [
            ("ssl.trustore.location", "ssl.truststore.location"),
            ("ssl.truststore.pasword", "ssl.truststore.password"),
            ("sasl.jass.config", "sasl.jaas.config"),
            ("sasl.mechanizm", "sasl.mechanism"),
            ("securty.protocol", "security.protocol"),
            ("security.protocoll", "security.protocol"),
            ("fetch.min.byte", "fetch.min.bytes"),
        ] {
            let wrong = misspelt(name).unwrap();
            assert!(wrong.contains(name) && wrong.contains(&format!("is {meant}")), "{wrong}");
        }
    }

    #[test]
    fn a_name_about_safety_that_is_close_to_none_is_refused_as_well() {
        assert!(misspelt("ssl.certificate.of.mine").is_some());
        assert!(misspelt("security.certificate.of.mine").is_some());
    }

    #[test]
    fn names_of_java_of_librdkafka_and_of_plug_ins_are_let_pass() {
        for name in JAVA_NAMES {
            assert_eq!(misspelt(name), None);
        }
        for name in
            ["ssl.ca.location", "sasl.username", "enable.ssl.certificate.verification", "my.interceptor.url"]
        {
            assert_eq!(misspelt(name), None);
        }
        assert_eq!(misspelt("flink.partition-discovery.interval-millis"), None);
        assert!(!is_known("my.interceptor.url") && !is_known(""));
    }
}
