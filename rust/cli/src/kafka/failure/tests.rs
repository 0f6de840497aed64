use super::*;

#[test]
fn the_broker_is_named_by_what_librdkafka_says() {
    for (words, expected) in [
        ("ssl://kafka:9093/bootstrap: SSL handshake failed", Some("kafka:9093")),
        ("sasl_ssl://10.0.0.1:9093/12: SASL authentication error", Some("10.0.0.1:9093")),
        ("localhost:9092/1: Connect to ipv4#127.0.0.1:9092 failed", Some("localhost:9092")),
        ("[::1]:9092/1: Disconnected", Some("[::1]:9092")),
        ("1/1 brokers are down", None),
        ("GroupCoordinator: ssl://kafka:1/1: x", Some("kafka:1")),
        ("nothing", None),
    ] {
        assert_eq!(address_in(words).as_deref(), expected, "{words}");
    }
}

#[test]
fn a_refused_login_is_not_covered_up_by_the_disconnect_that_follows() {
    let errors = BrokerErrors::default();
    let clone = errors.clone();
    for (code, words) in [
        (RDKafkaErrorCode::BrokerTransportFailure, "a"),
        (RDKafkaErrorCode::Authentication, "b"),
        (RDKafkaErrorCode::BrokerTransportFailure, "c"),
        (RDKafkaErrorCode::AllBrokersDown, "d"),
    ] {
        clone.error(KafkaError::Global(code), words);
    }
    assert_eq!(errors.most_telling().unwrap().words, "b");
}

#[test]
fn a_broker_that_hangs_up_is_noted_from_the_log() {
    let errors = BrokerErrors::default();
    let line = "[thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Disconnected (after 2ms in state UP)";
    errors.log(RDKafkaLogLevel::Info, "FAIL", line);
    errors.log(RDKafkaLogLevel::Info, "OTHER", "x");
    let words = errors.most_telling().unwrap().words;
    assert_eq!(words, "kafka:9092/bootstrap: Disconnected");
    assert_eq!(address_in(&words).as_deref(), Some("kafka:9092"));
}

#[cfg(feature = "tls")]
mod tls {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::Duration;

    use openssl::ssl::{SslAcceptor, SslMethod};

    use crate::kafka::certificates::{key_and_certificate, pem};
    use crate::kafka::{Cluster, KafkaArgs, TopicReader};

    /// What is said of a listener at which each connection is given to `serve`, with TLS or without.
    fn explained(tls: bool, protocol: &str, serve: fn(&mut dyn Read)) -> (String, String) {
        let (key, certificate) = key_and_certificate("kafka");
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, acceptor): (TcpStream, _) = (stream.unwrap(), acceptor.clone());
                thread::spawn(move || match tls {
                    true => drop(acceptor.accept(stream).map(|mut stream| serve(&mut stream))),
                    false => serve(&mut stream),
                });
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let trusted = file("trusted.pem", &pem(&certificate));
        let login = "org.apache.kafka.common.security.plain.PlainLoginModule required \
                     username=\"me\" password=\"hunter2\";";
        let properties = format!(
            "security.protocol={protocol}\nsasl.mechanism=PLAIN\nsasl.jaas.config={login}\n\
             ssl.truststore.location={}\n",
            trusted.display()
        );
        let config = file("properties", &properties).into();
        let args = KafkaArgs { bootstrap: address.clone(), kafka_config: Some(config) };
        let cluster = Cluster::new(&args).unwrap();
        let error = format!("{:#}", TopicReader::open(&cluster, "calls").err().unwrap());
        assert!(!error.contains("hunter2") && !error.contains("BrokerTransportFailure"), "{error}");
        (address, error)
    }

    fn hang_up(stream: &mut dyn Read) {
        // What was asked.
        let _ = stream.read(&mut [0; 512]);
    }

    fn stay_silent(stream: &mut dyn Read) {
        while stream.read(&mut [0; 512]).is_ok_and(|read| read > 0) {}
        thread::sleep(Duration::from_secs(60));
    }

    #[test]
    fn a_listener_that_speaks_tls_and_then_hangs_up_or_stays_silent_is_told_as_that() {
        for (serve, how) in
            [(hang_up as fn(&mut dyn Read), "ends the connection"), (stay_silent, "does not answer")]
        {
            let (address, error) = explained(true, "SASL_SSL", serve);
            let expected = format!("what listens at {address} speaks TLS, but {how} when it is asked");
            assert!(error.contains(&expected), "{error}");
            assert!(error.contains("see whether that is a listener of Kafka with SASL_SSL"), "{error}");
        }
        let (_, error) = explained(true, "SSL", stay_silent);
        assert!(error.contains("but does not answer") && error.contains("of Kafka with SSL ("), "{error}");
    }

    #[test]
    fn a_listener_that_says_nothing_at_all_is_told_as_that() {
        let (address, error) = explained(false, "SASL_SSL", stay_silent);
        let expected = format!(
            "what listens at {address} takes the connection and then says nothing, not even to the \
             beginning of TLS"
        );
        assert!(error.contains(&expected), "{error}");
        let (address, error) = explained(false, "SASL_SSL", hang_up);
        let expected = format!("what listens at {address} ends the connection without a word, before TLS");
        assert!(error.contains(&expected), "{error}");
    }
}
