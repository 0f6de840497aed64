//! The command at brokers that want TLS, a certificate and a login. `scripts/test` starts one; its
//! HOST:PORT is in `CALLWEAVE_TEST_SECURE_BOOTSTRAP`, the properties of a client that may come in are in
//! the file `CALLWEAVE_TEST_KAFKA_CONFIG`. Without them most of these tests are skipped, and say so.
//! Whatever happens there, the command shows no password.

#![allow(clippy::unwrap_used)]
#![cfg(feature = "tls")]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use support::{callweave, path, text};

/// A broker, and a folder for files.
struct SecureKafka {
    bootstrap: String,
    /// The properties of a client that may come in.
    properties: String,
    folder: tempfile::TempDir,
}

impl SecureKafka {
    fn of_the_tests() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let found = variable("CALLWEAVE_TEST_SECURE_BOOTSTRAP").zip(variable("CALLWEAVE_TEST_KAFKA_CONFIG"));
        let Some((bootstrap, config)) = found else {
            println!("skipped: CALLWEAVE_TEST_SECURE_BOOTSTRAP names no broker; scripts/test starts one");
            return None;
        };
        let properties = std::fs::read_to_string(config).unwrap();
        Some(Self { bootstrap, properties, folder: tempfile::tempdir().unwrap() })
    }

    /// A topic of its own for each test.
    fn topic(&self) -> String {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        format!("secure-{}-{number}", std::process::id())
    }

    fn file(&self, content: &str) -> String {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let file = path(self.folder.path(), &LAST.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::write(&file, content).unwrap();
        file
    }

    /// The command with these properties, at these brokers. Shows no password.
    fn run_at(&self, bootstrap: &str, properties: &str, arguments: &[&str]) -> Output {
        let config = self.file(properties);
        let output = callweave(&[arguments, &["--bootstrap", bootstrap, "--kafka-config", &config]].concat());
        for shown in [text(&output.stdout), text(&output.stderr)] {
            for secret in self.secrets() {
                assert!(!shown.contains(&secret), "{shown}");
            }
        }
        output
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_at(&self.bootstrap, &self.properties, arguments)
    }

    /// What the command says where it cannot use the broker.
    fn refusal(&self, bootstrap: &str, properties: &str, arguments: &[&str]) -> String {
        let output = self.run_at(bootstrap, properties, arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        stderr
    }

    fn secrets(&self) -> Vec<String> {
        let login = self.properties.split("password=\"").nth(1).unwrap().split('"').next().unwrap();
        let stores = self.properties.lines().filter_map(|line| line.split_once(".password="));
        stores.map(|(_, password)| password.to_owned()).chain([login.to_owned()]).collect()
    }

    fn without(&self, start: &str) -> String {
        let kept = self.properties.lines().filter(|line| !line.starts_with(start));
        kept.map(|line| format!("{line}\n")).collect()
    }
}

fn assert_success(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn every_subcommand_that_needs_kafka_speaks_tls_and_logs_in() {
    let Some(kafka) = SecureKafka::of_the_tests() else {
        return;
    };
    let topic = kafka.topic();
    let name = format!("kafka:{topic}");
    assert_success(&kafka.run(&["simulate", "--calls", "300", "--seed", "1", "--topic", &topic]));
    let report = assert_success(&kafka.run(&["check", "--json", &name]));
    assert!(report.contains("\"accepted\":300"), "{report}");
    let calls = kafka.file("");
    let linked = kafka.file("");
    assert_success(&callweave(&["simulate", "--calls", "300", "--seed", "1", "--out", &calls]));
    assert_success(&callweave(&["link", &calls, "-o", &linked]));
    let compared = kafka.run(&["compare", "--json", &linked, &name]);
    assert_eq!(compared.status.code(), Some(1), "{}", text(&compared.stderr));
    let (output, chains, rejects) = (kafka.topic(), kafka.topic(), kafka.topic());
    for topic in [&output, &chains, &rejects] {
        assert_success(&kafka.run(&["simulate", "--calls", "30", "--topic", topic]));
    }
    let verified = kafka.run(&[
        "verify",
        "--json",
        "--input-topic",
        &topic,
        "--output-topic",
        &output,
        "--chains-topic",
        &chains,
        "--rejects-topic",
        &rejects,
    ]);
    assert_eq!(verified.status.code(), Some(1), "{}", text(&verified.stderr));
}

#[test]
fn a_login_by_plain_and_one_whose_password_is_in_a_file_of_its_own_are_let_in() {
    let Some(kafka) = SecureKafka::of_the_tests() else {
        return;
    };
    let topic = kafka.topic();
    let plain = kafka.properties.replace("scram.ScramLoginModule", "plain.PlainLoginModule");
    let plain = plain.replace("sasl.mechanism=SCRAM-SHA-512", "sasl.mechanism=PLAIN");
    let simulate = ["simulate", "--calls", "30", "--topic", &topic];
    assert_success(&kafka.run_at(&kafka.bootstrap, &plain, &simulate));
    let login = kafka.properties.split("sasl.jaas.config=").nth(1).unwrap().split("ssl.").next().unwrap();
    let secrets = kafka.file(&format!("login={login}"));
    let referring = kafka.properties.replace(
        login,
        &format!(
            "${{file:{secrets}:login}}\nconfig.providers=file\nconfig.providers.file.class=\
             org.apache.kafka.common.config.provider.FileConfigProvider\n"
        ),
    );
    assert_success(&kafka.run_at(&kafka.bootstrap, &referring, &["check", &format!("kafka:{topic}")]));
}

#[test]
fn without_the_properties_a_broker_that_wants_tls_is_named_as_such() {
    let Some(kafka) = SecureKafka::of_the_tests() else {
        return;
    };
    let output = callweave(&["check", "kafka:calls", "--bootstrap", &kafka.bootstrap]);
    let stderr = text(&output.stderr);
    let expected = format!(
        "error: the broker at {} wants TLS; set security.protocol=SSL, or SASL_SSL for a login, in a file \
         that you give with --kafka-config\n",
        kafka.bootstrap
    );
    assert_eq!(stderr, expected);
}

#[test]
fn each_thing_that_is_wrong_at_a_secure_broker_is_told_with_what_to_set() {
    let Some(kafka) = SecureKafka::of_the_tests() else {
        return;
    };
    let good = &kafka.properties;
    let (_, port) = kafka.bootstrap.rsplit_once(':').unwrap();
    let by_name = format!("localhost:{port}");
    let plain = std::env::var("CALLWEAVE_TEST_BOOTSTRAP").unwrap();
    let needless_login = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=\
                         org.apache.kafka.common.security.plain.PlainLoginModule required username=a password=b;";
    let cases = [
        (&plain, needless_login.to_owned(), "wants no login; set security.protocol=PLAINTEXT"),
        (&plain, good.clone(), "speaks without TLS; set security.protocol=PLAINTEXT"),
        (&by_name, good.clone(), "is made out to 127.0.0.1; use such a name in --bootstrap"),
        (&kafka.bootstrap, good.replace("client.trust", "wrong.trust"), "is not trusted ("),
        (&kafka.bootstrap, kafka.without("ssl.truststore."), "set ssl.truststore.location in "),
        (
            &kafka.bootstrap,
            good.replace("\";", "-wrong\";"),
            "does not accept the login; check sasl.mechanism",
        ),
        (
            &kafka.bootstrap,
            good.replace("mechanism=SCRAM-SHA-512", "mechanism=SCRAM-SHA-256"),
            "does not have this sasl.mechanism, only PLAIN,SCRAM-SHA-512; set one of these in ",
        ),
        (&kafka.bootstrap, kafka.without("ssl.keystore."), "set ssl.keystore.location in "),
        (&kafka.bootstrap, good.replace("SASL_SSL", "SSL"), "set security.protocol=SASL_SSL"),
        (
            &kafka.bootstrap,
            good.replace("truststore.password=", "truststore.password=x"),
            "check ssl.truststore.password",
        ),
        (
            &kafka.bootstrap,
            good.replace("keystore.password=", "keystore.password=x"),
            "check ssl.keystore.password",
        ),
    ];
    // Each waits some seconds for a broker that does not answer.
    thread::scope(|scope| {
        for (bootstrap, properties, expected) in &cases {
            let kafka = &kafka;
            scope.spawn(move || {
                let refusal = kafka.refusal(bootstrap, properties, &["check", "kafka:calls"]);
                assert!(refusal.contains(expected), "{expected}: {refusal}");
            });
        }
    });
}

#[test]
fn what_is_wrong_is_told_by_a_command_that_writes_as_well() {
    let Some(kafka) = SecureKafka::of_the_tests() else {
        return;
    };
    let wrong = kafka.properties.replace("\";", "-wrong\";");
    let refusal = kafka.refusal(&kafka.bootstrap, &wrong, &["simulate", "--calls", "1"]);
    assert!(refusal.contains("does not accept the login"), "{refusal}");
}

#[test]
fn without_the_name_of_the_host_being_looked_at_any_name_will_do() {
    let Some(kafka) = SecureKafka::of_the_tests() else {
        return;
    };
    let (_, port) = kafka.bootstrap.rsplit_once(':').unwrap();
    let properties = format!("{}ssl.endpoint.identification.algorithm=\n", kafka.properties);
    let topic = kafka.topic();
    let simulate = ["simulate", "--calls", "3", "--topic", &topic];
    assert_success(&kafka.run_at(&format!("localhost:{port}"), &properties, &simulate));
}

/// Answers whatever comes with these bytes, and hangs up; without bytes it stays silent.
fn server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if answer.is_empty() {
                silent.push(stream);
            } else if stream.read(&mut [0; 512]).is_ok() {
                drop(stream.write_all(answer));
            }
        }
    });
    address
}

#[test]
fn a_port_that_answers_in_tls_and_one_that_says_nothing_are_told_apart() {
    let tls = server(&[0x15, 3, 3, 0, 2, 2, 70]);
    let silent = server(b"");
    for (bootstrap, expected) in [
        (&tls, format!("error: the broker at {tls} wants TLS; set security.protocol=SSL")),
        (&silent, format!("error: what listens at {silent} takes the connection and then says nothing;")),
    ] {
        let output = callweave(&["check", "kafka:calls", "--bootstrap", bootstrap]);
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.starts_with(&expected), "{stderr}");
    }
}

#[test]
fn a_file_of_properties_is_named_where_it_cannot_be_used_and_where_something_in_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (config, empty) = (path(folder.path(), "client.properties"), path(folder.path(), "empty"));
    std::fs::write(&empty, "").unwrap();
    let compare = ["compare", &empty, &empty, "--kafka-config", &config];
    let missing = text(&callweave(&compare).stderr);
    assert!(missing.starts_with(&format!("error: --kafka-config {config}: cannot be read")), "{missing}");
    std::fs::write(&config, "max.poll.records=5\nacks=1\nclient.id=me\n").unwrap();
    let ignoring = callweave(&compare);
    let expected = format!("--kafka-config {config}: not used by this command: acks, max.poll.records\n");
    assert_eq!(text(&ignoring.stderr), expected);
    assert!(ignoring.status.success());
}

#[test]
fn a_misspelt_property_is_named_with_its_line_and_the_name_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let (config, empty) = (path(folder.path(), "client.properties"), path(folder.path(), "empty"));
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&config, "\u{feff}# TLS\nsecurity.protocol=SSL\nssl.trustore.location=/hunter2\n")
        .unwrap();
    let output = callweave(&["compare", &empty, &empty, "--kafka-config", &config]);
    let expected = format!(
        "error: --kafka-config {config}: line 3: the Kafka clients have no property ssl.trustore.location; \
         the nearest name that they have is ssl.truststore.location\n"
    );
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), expected));
}

#[test]
fn a_file_of_properties_without_an_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let empty = path(folder.path(), "empty");
    std::fs::write(&empty, "").unwrap();
    let output = callweave(&["compare", &empty, &empty, "--kafka-config", "/dev/zero"]);
    let expected = "error: --kafka-config /dev/zero: cannot be read: it is larger than 1 MiB; \
                    a Java properties file is wanted\n";
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(2), expected));
}
