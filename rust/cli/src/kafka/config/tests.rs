use super::*;

const LOGIN: &str = "org.apache.kafka.common.security.scram.ScramLoginModule required \
                     username=\"callweave\" password=\"hunter2\";";

fn pairs(properties: &[(&str, &str)]) -> Properties {
    properties.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// As read from a file with one property a line.
fn given(properties: &[(&str, &str)]) -> Given {
    let lines = properties.iter().zip(1..).map(|(&(name, _), line)| (name.to_owned(), line)).collect();
    Given { properties: pairs(properties), lines }
}

fn set(properties: &[(&str, &str)]) -> Properties {
    settings(given(properties)).unwrap().properties
}

fn refusal(properties: &[(&str, &str)]) -> String {
    let refusal = settings(given(properties)).err().unwrap();
    let refusal = format!("{refusal:#}");
    assert!(!refusal.contains("hunter2"), "{refusal}");
    refusal
}

#[test]
fn a_login_of_javas_is_the_user_and_the_password() {
    let set = set(&[
        ("security.protocol", "sasl_plaintext"),
        ("sasl.mechanism", "PLAIN "),
        ("sasl.jaas.config", &LOGIN.replace("scram.Scram", "plain.Plain")),
    ]);
    assert_eq!(set["sasl.mechanism"], "PLAIN");
    assert_eq!((&*set["sasl.username"], &*set["sasl.password"]), ("callweave", "hunter2"));
    assert!(!set.contains_key("sasl.jaas.config"));
}

#[test]
fn a_login_that_is_not_possible_is_told_without_its_password() {
    for (mechanism, jaas, expected) in [
        (None, Some(LOGIN), "sasl.mechanism must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
        (Some("OAUTHBEARER"), Some(LOGIN), "sasl.mechanism must be PLAIN"),
        (Some("PLAIN"), None, "a login wants sasl.jaas.config"),
        (Some("PLAIN"), Some("hunter2"), "sasl.jaas.config is written MODULE required"),
    ] {
        let mut properties = vec![("security.protocol", "SASL_PLAINTEXT")];
        properties.extend(mechanism.map(|mechanism| ("sasl.mechanism", mechanism)));
        properties.extend(jaas.map(|jaas| ("sasl.jaas.config", jaas)));
        let refusal = refusal(&properties);
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn without_tls_and_login_their_properties_are_of_no_concern() {
    let settings = settings(given(&[
        ("security.protocol", "PLAINTEXT"),
        ("sasl.jaas.config", "broken"),
        ("ssl.truststore.location", "/no/such/file"),
        (ENDPOINT_IDENTIFICATION, ""),
    ]));
    let settings = settings.unwrap();
    assert_eq!(settings.properties, pairs(&[("security.protocol", "PLAINTEXT")]));
    assert_eq!(settings.ignored, [""; 0]);
}

#[test]
fn what_librdkafka_knows_is_passed_on_and_what_only_java_has_is_named() {
    let settings = settings(given(&[
        ("fetch.min.bytes", "262144"),
        ("client.id", "mine"),
        ("max.poll.records", "5000"),
        ("flink.partition-discovery.interval-millis", "10000"),
        ("client.dns.lookup", "default"),
        ("acks", "1"),
    ]));
    let settings = settings.unwrap();
    assert_eq!(settings.properties, pairs(&[("client.id", "mine"), ("fetch.min.bytes", "262144")]));
    assert_eq!(
        settings.ignored,
        ["acks", "client.dns.lookup", "flink.partition-discovery.interval-millis", "max.poll.records"]
    );
}

#[test]
fn a_piece_of_a_secret_that_stands_as_a_line_of_its_own_is_refused_and_not_shown() {
    for (name, value) in [
        ("hunter2", ""),
        ("password", "\"hunter2\";"),
        ("hunter2;", ""),
        ("some.hunter2", ""),
        ("MIIEvhunter2/6fkccS7SPLm7rKKgQ6dqOwLq7Y9", "="),
        ("-----END", "PRIVATE KEY-----"),
    ] {
        let refusal = refusal(&[("security.protocol", "PLAINTEXT"), (name, value)]);
        assert!(refusal.contains("backslash") && !refusal.contains(name), "{refusal}");
        assert!(refusal.starts_with("line 2: "), "{refusal}");
    }
}

#[test]
fn a_misspelt_name_is_refused_with_its_line_before_what_it_leaves_out_is_missed() {
    let refusal = refusal(&[
        ("security.protocol", "SASL_PLAINTEXT"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.jass.config", LOGIN),
    ]);
    assert_eq!(
        refusal,
        "line 3: the Kafka clients have no property sasl.jass.config; \
         the nearest name that they have is sasl.jaas.config"
    );
}

#[test]
fn what_the_command_sets_itself_is_refused_as_by_the_job() {
    assert!(refusal(&[("bootstrap.servers", "hunter2")]).contains("bootstrap.servers; use --bootstrap"));
    assert!(refusal(&[("group.id", "hunter2")]).contains("group.id; "));
}

#[test]
fn a_value_about_safety_that_is_not_possible_is_an_error() {
    assert!(refusal(&[("security.protocol", "hunter2")]).contains("must be PLAINTEXT, SSL, SASL_"));
    let refusal = refusal(&[("enable.ssl.certificate.verification", "hunter2")]);
    assert!(refusal.contains("enable.ssl.certificate.verification"), "{refusal}");
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_build_without_tls_says_how_to_get_one_with_it() {
    let scram = [
        ("security.protocol", "SASL_PLAINTEXT"),
        ("sasl.mechanism", "SCRAM-SHA-256"),
        ("sasl.jaas.config", LOGIN),
    ];
    assert!(refusal(&scram).contains("built without TLS"));
    assert!(refusal(&[("security.protocol", "SSL")]).contains("built without TLS"));
}

#[cfg(feature = "tls")]
mod tls {
    use openssl::nid::Nid;
    use openssl::pkcs12::Pkcs12;
    use openssl::pkey::PKey;
    use openssl::provider::Provider;
    use openssl::stack::Stack;
    use openssl::symm::Cipher;

    use super::*;
    use crate::kafka::certificates::{key_and_certificate, pem};

    fn file(folder: &tempfile::TempDir, content: &[u8]) -> String {
        let file = tempfile::Builder::new().tempfile_in(folder).unwrap();
        std::fs::write(file.path(), content).unwrap();
        file.into_temp_path().keep().unwrap().to_str().unwrap().to_owned()
    }

    fn with_tls<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        [&[("security.protocol", "SSL")], more].concat()
    }

    #[test]
    fn certificates_are_trusted_from_pkcs12_whether_old_or_new_and_from_pem() {
        let folder = tempfile::tempdir().unwrap();
        let certificates = [key_and_certificate("a").1, key_and_certificate("b").1];
        let expected = certificates.iter().map(pem).collect::<String>();
        let mut stores = vec![file(&folder, expected.as_bytes())];
        for cipher in [Nid::AES_256_CBC, Nid::PBE_WITHSHA1AND40BITRC2_CBC] {
            let _for_writing = Provider::try_load(None, "legacy", true).unwrap();
            let mut stack = Stack::new().unwrap();
            certificates.iter().for_each(|certificate| stack.push(certificate.clone()).unwrap());
            let store = Pkcs12::builder().ca(stack).cert_algorithm(cipher).build2("hunter2").unwrap();
            stores.push(file(&folder, &store.to_der().unwrap()));
        }
        for store in &stores {
            let set =
                set(&with_tls(&[("ssl.truststore.location", store), ("ssl.truststore.password", "hunter2")]));
            assert_eq!(set["ssl.ca.pem"], expected);
            assert_eq!(set.len(), 2);
        }
    }

    #[test]
    fn a_key_with_its_certificates_is_taken_from_pkcs12_and_from_pem() {
        let folder = tempfile::tempdir().unwrap();
        let (key, certificate) = key_and_certificate("client");
        let store = Pkcs12::builder().pkey(&key).cert(&certificate).build2("hunter2").unwrap();
        let encrypted = key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"hunter2").unwrap();
        let encrypted = String::from_utf8(encrypted).unwrap();
        let store = file(&folder, &store.to_der().unwrap());
        let in_pem = file(&folder, (encrypted.clone() + &pem(&certificate)).as_bytes());
        let certificate = pem(&certificate);
        for stores in [
            [("ssl.keystore.location", &*store), ("ssl.keystore.password", "hunter2")].to_vec(),
            [("ssl.keystore.location", &*in_pem), ("ssl.key.password", "hunter2")].to_vec(),
            [
                ("ssl.keystore.key", &*encrypted),
                ("ssl.keystore.certificate.chain", &*certificate),
                ("ssl.key.password", "hunter2"),
            ]
            .to_vec(),
        ] {
            let set = set(&with_tls(&stores));
            assert_eq!(set["ssl.certificate.pem"], certificate);
            let read = PKey::private_key_from_pem(set["ssl.key.pem"].as_bytes()).unwrap();
            assert!(read.public_eq(&key));
            assert_eq!(set["ssl.ca.location"], "probe");
        }
    }

    #[test]
    fn a_store_that_cannot_be_used_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let (key, certificate) = key_and_certificate("client");
        let store = Pkcs12::builder().pkey(&key).cert(&certificate).build2("hunter2").unwrap();
        let store = file(&folder, &store.to_der().unwrap());
        let without_key = file(&folder, pem(&certificate).as_bytes());
        let java = file(&folder, &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]);
        let text = file(&folder, b"hunter2");
        for (properties, expected) in [
            (
                [("ssl.truststore.location", "/no/such/file"), ("client.id", "me")],
                "ssl.truststore.location /no/such/file: cannot be read",
            ),
            (
                [("ssl.truststore.location", &store), ("ssl.truststore.password", "wrong")],
                "check ssl.truststore.password",
            ),
            (
                [("ssl.truststore.location", &store), ("ssl.truststore.password", "\0")],
                "check ssl.truststore.password",
            ),
            ([("ssl.keystore.location", &store), ("client.id", "me")], "check ssl.keystore.password"),
            ([("ssl.keystore.location", &without_key), ("client.id", "me")], "there is no private key"),
            ([("ssl.truststore.location", &java), ("client.id", "me")], "keytool -importkeystore"),
            ([("ssl.truststore.location", &text), ("client.id", "me")], "neither a PKCS12 store nor PEM"),
        ] {
            let refusal = refusal(&with_tls(&properties));
            assert!(refusal.contains(expected), "{refusal}");
        }
    }

    #[test]
    fn an_empty_identification_of_the_host_is_none() {
        assert_eq!(set(&with_tls(&[(ENDPOINT_IDENTIFICATION, "")]))[ENDPOINT_IDENTIFICATION], "none");
        assert_eq!(set(&with_tls(&[(ENDPOINT_IDENTIFICATION, "HTTPS")]))[ENDPOINT_IDENTIFICATION], "HTTPS");
        assert!(refusal(&with_tls(&[(ENDPOINT_IDENTIFICATION, "hunter2")])).contains("must be https"));
    }
}
