//! Answers as Flink and proxies give them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::*;

fn address(url: String) -> Address {
    Address { url, user: None, password_file: None, ca_file: None }
}

/// Answers one request on a connection; its lines before the body.
fn answer(stream: impl Read + Write, status: u16, body: &str) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
    stream.get_mut().flush().unwrap();
    lines
}

fn asked(status: u16, body: &'static str) -> Answer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || answer(listener.accept().unwrap().0, status, body));
    let answer = Rest::new(&address(url)).unwrap().get("/overview");
    server.join().unwrap();
    answer
}

#[test]
fn an_answer_of_a_proxy_without_flink_is_none_and_other_errors_are() {
    assert_eq!(asked(200, "{}").unwrap(), "{}");
    for status in [502, 503, 504] {
        assert!(matches!(asked(status, ""), Err(Failure::Away(_))), "{status}");
    }
    assert!(matches!(asked(404, ""), Err(Failure::NotFound(_))));
    let Err(Failure::Refused(login)) = asked(401, "") else { panic!("not refused") };
    assert!(login.contains("password-file"), "{login}");
    let Err(Failure::Refused(elsewhere)) = asked(302, "") else { panic!("not refused") };
    assert!(elsewhere.contains("another address"), "{elsewhere}");
}

#[test]
fn where_nothing_listens_flink_is_away() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let answer = Rest::new(&address(format!("http://{closed}"))).unwrap().get("/overview");
    let Err(Failure::Away(why)) = answer else { panic!("{answer:?}") };
    assert!(why.contains("does not answer"), "{why}");
}

#[cfg(feature = "tls")]
mod tls {
    use openssl::asn1::Asn1Time;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::nid::Nid;
    use openssl::pkey::{PKey, Private};
    use openssl::ssl::{SslAcceptor, SslMethod};
    use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
    use openssl::x509::{X509NameBuilder, X509};

    use super::*;

    fn certificate() -> (X509, PKey<Private>) {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "localhost").unwrap();
        let name = name.build();
        let mut x509 = X509::builder().unwrap();
        x509.set_version(2).unwrap();
        x509.set_subject_name(&name).unwrap();
        x509.set_issuer_name(&name).unwrap();
        x509.set_pubkey(&key).unwrap();
        x509.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        x509.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
        x509.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        let alternative =
            SubjectAlternativeName::new().dns("localhost").build(&x509.x509v3_context(None, None));
        x509.append_extension(alternative.unwrap()).unwrap();
        x509.sign(&key, MessageDigest::sha256()).unwrap();
        (x509.build(), key)
    }

    #[test]
    fn a_proxy_with_tls_is_trusted_by_the_ca_file_alone_and_gets_the_login() {
        let (certificate, key) = certificate();
        let folder = tempfile::tempdir().unwrap();
        let (ca, password) = (folder.path().join("ca.pem"), folder.path().join("password"));
        std::fs::write(&ca, certificate.to_pem().unwrap()).unwrap();
        std::fs::write(&password, "hunter2\nnot this\n").unwrap();
        let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = std::thread::spawn(move || {
            // The first client does not trust it, and goes.
            assert!(acceptor.accept(listener.accept().unwrap().0).is_err());
            answer(acceptor.accept(listener.accept().unwrap().0).unwrap(), 200, "{}")
        });
        let login = Address {
            url: url.clone(),
            user: Some("operator".to_owned()),
            password_file: Some(password),
            ca_file: Some(ca),
        };
        let distrusted = Rest::new(&address(url)).unwrap().get("/overview");
        assert!(matches!(distrusted, Err(Failure::Away(_))), "{distrusted:?}");
        assert_eq!(Rest::new(&login).unwrap().get("/overview").unwrap(), "{}");
        let lines = server.join().unwrap();
        let sent = lines.iter().find(|line| line.to_ascii_lowercase().starts_with("authorization:"));
        assert!(sent.unwrap().ends_with("Basic b3BlcmF0b3I6aHVudGVyMg=="), "{lines:?}");
    }
}

#[test]
fn of_a_stack_trace_the_jobs_own_words_or_the_innermost_cause_are_told() {
    let own = r#"{"errors":["Internal server error.","<Exception on server side:\njava.util.concurrent.CompletionException: x\n\tat a.b(C.java:1)\nCaused by: org.apache.flink.client.program.ProgramParametrizationException: callweave: --max-links is '0'; wanted\n\tat d\n\t... 7 more\nEnd of exception on server side>"]}"#;
    assert_eq!(reason(own), "--max-links is '0'; wanted");
    let other = "java.lang.Exception: a\n\tat b\nCaused by: c.D: e\n\tat f\nCaused by: g.H: i\n\tat j";
    assert_eq!(cause(other), "g.H: i");
    assert_eq!(reason(r#"{"errors":["Job could not be found"]}"#), "Job could not be found");
    assert_eq!(reason("<html>nginx</html>"), "<html>nginx</html>");
    assert_eq!(reason(""), "no reason given");
}
