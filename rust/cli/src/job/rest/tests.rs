//! Answers as Flink and proxies give them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use super::*;

fn address(url: String) -> Address {
    Address { url, user: None, password_file: None, ca_file: None }
}

/// A request as a server sees it.
struct Asked {
    /// The first line and the headers.
    lines: Vec<String>,
    body: Vec<u8>,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.lines.iter().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Takes one request on a connection, and answers with what `status` makes of it.
fn answer(stream: impl Read + Write, body: &str, status: impl FnOnce(&Asked) -> u16) -> Asked {
    let mut stream = BufReader::new(stream);
    let mut asked = Asked { lines: Vec::new(), body: Vec::new() };
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        asked.lines.push(line.trim_end().to_owned());
    }
    let sent = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
    asked.body = vec![0; sent];
    stream.read_exact(&mut asked.body).unwrap();
    let (status, length) = (status(&asked), body.len());
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
    stream.get_mut().flush().unwrap();
    asked
}

fn asked(status: u16, body: &str) -> Answer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = body.to_owned();
    let server = std::thread::spawn(move || answer(listener.accept().unwrap().0, &body, |_| status));
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
    use openssl::ssl::{SslAcceptor, SslMethod};

    use super::*;
    use crate::kafka::certificates::{key_and_certificate, pem};

    const LOGIN: &str = "Basic b3BlcmF0b3I6aHVudGVyMg==";

    /// A proxy with TLS that wants a login: its address, its certificate, and what it is asked.
    fn proxy(connections: usize) -> (String, String, std::thread::JoinHandle<Vec<Asked>>) {
        let (key, certificate) = key_and_certificate("localhost");
        let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}/flink", listener.local_addr().unwrap().port());
        let login = |asked: &Asked| if asked.header("authorization") == Some(LOGIN) { 200 } else { 401 };
        let server = std::thread::spawn(move || {
            let streams = (0..connections).map(|_| acceptor.accept(listener.accept().unwrap().0));
            // A client that does not trust it goes.
            streams.flatten().map(|stream| answer(stream, "{}", login)).collect()
        });
        (url, pem(&certificate), server)
    }

    fn file(folder: &Path, name: &str, text: &str) -> Option<std::path::PathBuf> {
        std::fs::write(folder.join(name), text).unwrap();
        Some(folder.join(name))
    }

    #[test]
    fn requests_of_every_kind_go_through_a_proxy_with_tls_and_a_login() {
        let folder = tempfile::tempdir().unwrap();
        let (url, certificate, server) = proxy(5);
        let ca_file = file(folder.path(), "ca.pem", &certificate);
        let password_file = file(folder.path(), "password", "hunter2\nnot this\n");
        let rest =
            Rest::new(&Address { url, user: Some("operator".to_owned()), password_file, ca_file }).unwrap();
        // More than fits into one record of TLS.
        let jar_text = "a jar ".repeat(20_000);
        let jar = file(folder.path(), "callweave.jar", &jar_text).unwrap();
        assert_eq!(rest.get("/overview").unwrap(), "{}");
        assert_eq!(rest.upload("/jars/upload", &jar, |_| ()).unwrap(), "{}");
        assert_eq!(rest.post("/jobs/a/stop", "{\"drain\":false}", false).unwrap(), "{}");
        assert_eq!(rest.patch("/jobs/a?mode=cancel").unwrap(), "{}");
        assert_eq!(rest.delete("/jars/a").unwrap(), "{}");
        let asked = server.join().unwrap();
        let lines: Vec<_> = asked.iter().map(|asked| asked.lines[0].as_str()).collect();
        let expected = [
            "GET /flink/overview HTTP/1.1",
            "POST /flink/jars/upload HTTP/1.1",
            "POST /flink/jobs/a/stop HTTP/1.1",
            "PATCH /flink/jobs/a?mode=cancel HTTP/1.1",
            "DELETE /flink/jars/a HTTP/1.1",
        ];
        assert_eq!(lines, expected);
        assert!(String::from_utf8_lossy(&asked[1].body).contains(&jar_text), "the jar is not whole");
        assert_eq!(asked[2].body, b"{\"drain\":false}");
    }

    #[test]
    fn a_certificate_is_trusted_by_the_ca_file_alone_and_a_missing_login_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (url, certificate, server) = proxy(2);
        let distrusted = Rest::new(&address(url.clone())).unwrap().get("/overview");
        let Err(Failure::Away(why)) = distrusted else { panic!("{distrusted:?}") };
        assert!(why.contains("certificate"), "{why}");
        let ca_file = file(folder.path(), "ca.pem", &certificate);
        let without_login = Rest::new(&Address { ca_file, ..address(url) }).unwrap().get("/overview");
        let Err(Failure::Refused(why)) = without_login else { panic!("{without_login:?}") };
        assert!(why.contains("user and password-file"), "{why}");
        assert_eq!(server.join().unwrap().len(), 1);
    }
}

#[test]
fn a_start_that_takes_too_long_within_flink_may_yet_be_done() {
    let program =
        "org.apache.flink.client.program.ProgramInvocationException: The main method caused an error";
    for (cause, is_away) in [
        (
            "akka.pattern.AskTimeoutException: Ask timed out on [Actor[akka://flink/user/rpc/dispatcher_2]]",
            true,
        ),
        ("java.util.concurrent.TimeoutException: Invocation of public abstract X.submitJob timed out.", true),
        ("java.util.concurrent.TimeoutException: what the main class has waited for", false),
    ] {
        let body =
            format!(r#"{{"errors":["Internal server error.","{program}\n\tat a\nCaused by: {cause}"]}}"#);
        match asked(500, &body) {
            Err(Failure::Away(why)) => assert!(is_away && why == cause, "{why}"),
            Err(Failure::Refused(why)) => assert!(!is_away && why == cause, "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn of_a_stack_trace_the_jobs_own_words_or_the_innermost_cause_are_told() {
    let own = r#"{"errors":["Internal server error.","<Exception on server side:\njava.util.concurrent.CompletionException: x\n\tat a.b(C.java:1)\nCaused by: org.apache.flink.client.program.ProgramParametrizationException: callweave: --max-links is '0'; wanted\n\tat d\n\t... 7 more\nEnd of exception on server side>"]}"#;
    assert_eq!(reason(own), "--max-links is '0'; wanted");
    let other = "java.lang.Exception: a\n\tat b\nCaused by: c.D: e\n\tat f\nCaused by: g.H: i\n\tat j";
    assert_eq!(cause(other), "g.H: i");
    let refused =
        "java.lang.Exception: a\n\tat b\nCaused by: io.callweave.stage.RefusedStateException: start it so";
    assert_eq!(cause(refused), "start it so");
    assert_eq!(reason(r#"{"errors":["Job could not be found"]}"#), "Job could not be found");
    assert_eq!(reason("<html>nginx</html>"), "<html>nginx</html>");
    assert_eq!(reason(""), "no reason given");
}
