//! What listens at a broker's address.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long to connect, and how long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The content types of TLS records that answer a greeting: an alert and a handshake.
const TLS_ANSWERS: [u8; 2] = [0x15, 0x16];
const TLS_MAJOR_VERSION: u8 = 3;

/// A TLS 1.2 ClientHello without extensions. It need not lead to a connection: a TLS server that does
/// not like it says so in TLS.
const CLIENT_HELLO: [u8; 56] = {
    let mut hello = [0; 56];
    let header = [
        0x16, 3, 1, 0, 51, // record: handshake, TLS 1.0, length
        1, 0, 0, 47, // ClientHello, length
        3, 3, // TLS 1.2
    ];
    // 32 bytes of a random number, which may as well be zeros, and an empty session id.
    let end = [
        0, 8, 0x13, 0x01, 0xc0, 0x2f, 0xc0, 0x30, 0x00, 0x2f, // ciphers
        1, 0, // no compression
    ];
    let mut i = 0;
    while i < header.len() {
        hello[i] = header[i];
        i += 1;
    }
    let mut i = 0;
    while i < end.len() {
        hello[44 + i] = end[i];
        i += 1;
    }
    hello
};

const CORRELATION_ID: [u8; 4] = *b"call";
/// A request for the versions of Kafka's protocol, which every broker answers, also before a login.
const API_VERSIONS: [u8; 14] = [
    0,
    0,
    0,
    10, // length
    0,
    18,
    0,
    0, // ApiVersions, version 0
    CORRELATION_ID[0],
    CORRELATION_ID[1],
    CORRELATION_ID[2],
    CORRELATION_ID[3], //
    0xff,
    0xff, // no client id
];

/// What listens at an address.
#[derive(Debug)]
pub enum Listener {
    /// A connection is not possible.
    Unreachable(io::Error),
    /// It speaks TLS; whether it is a broker is not known.
    Tls,
    /// A broker that speaks without TLS.
    PlainKafka,
    /// It takes connections, and says nothing.
    Silent,
    /// It takes connections, and ends them without a word.
    HangsUp,
    /// It answers, but speaks neither.
    Other,
}

/// Connects to HOST:PORT and looks. Takes some seconds at most for each address of the host.
pub fn probe(address: &str) -> Listener {
    let Answer { bytes: answer, is_silent } = match ask(address, &CLIENT_HELLO) {
        Ok(answer) => answer,
        Err(error) => return Listener::Unreachable(error),
    };
    if matches!(answer[..], [kind, TLS_MAJOR_VERSION, ..] if TLS_ANSWERS.contains(&kind)) {
        return Listener::Tls;
    }
    let of_kafka = ask(address, &API_VERSIONS).ok();
    match of_kafka {
        Some(of_kafka) if of_kafka.bytes.get(4..8) == Some(&CORRELATION_ID) => Listener::PlainKafka,
        Some(of_kafka) if answer.is_empty() && of_kafka.bytes.is_empty() => {
            if is_silent && of_kafka.is_silent {
                Listener::Silent
            } else {
                Listener::HangsUp
            }
        }
        _ => Listener::Other,
    }
}

/// Connects within a limit of time.
///
/// # Errors
/// When the name is unknown, or no address of it takes the connection.
pub fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What a listener says to a question.
struct Answer {
    /// The first bytes; none if there is no answer.
    bytes: Vec<u8>,
    /// Nothing more came, and the connection was still there.
    is_silent: bool,
}

fn ask(address: &str, question: &[u8]) -> io::Result<Answer> {
    let mut stream = connect(address)?;
    let mut bytes = Vec::new();
    // What came before an error is there.
    let read = stream.write_all(question).and_then(|()| stream.take(8).read_to_end(&mut bytes));
    let timed_out = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
    let is_silent = read.is_err_and(|error| timed_out.contains(&error.kind()));
    Ok(Answer { bytes, is_silent })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers each connection with these bytes, once something has come.
    fn server(answers: Vec<&'static [u8]>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                assert!(stream.read(&mut [0; 512]).unwrap() > 0);
                stream.write_all(answer).unwrap();
            }
        });
        address
    }

    #[test]
    fn an_alert_or_a_handshake_is_tls() {
        assert!(matches!(probe(&server(vec![&[0x15, 3, 3, 0, 2, 2, 40]])), Listener::Tls));
        assert!(matches!(probe(&server(vec![&[0x16, 3, 3, 0, 90, 2, 0, 0, 86]])), Listener::Tls));
    }

    #[test]
    fn a_broker_that_hangs_up_on_tls_and_tells_its_versions_is_plain() {
        let versions = b"\0\0\0\x0acall\0\0\0\0\0\0";
        assert!(matches!(probe(&server(vec![b"", versions])), Listener::PlainKafka));
    }

    #[test]
    fn what_answers_neither_is_something_else_and_a_closed_port_unreachable() {
        assert!(matches!(probe(&server(vec![b"", b"HTTP/1.1 400"])), Listener::Other));
        assert!(matches!(probe("127.0.0.1:1"), Listener::Unreachable(_)));
        assert!(matches!(probe("no-such-host.invalid:9092"), Listener::Unreachable(_)));
    }

    #[test]
    fn a_listener_that_is_silent_and_one_that_hangs_up_are_told_apart() {
        assert!(matches!(probe(&server(vec![b"", b""])), Listener::HangsUp));
        // Connections are taken by the system, and nobody answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(matches!(probe(&silent.local_addr().unwrap().to_string()), Listener::Silent));
    }

    #[test]
    fn the_greeting_has_the_lengths_that_it_tells() {
        assert_eq!(usize::from(CLIENT_HELLO[4]), CLIENT_HELLO.len() - 5);
        assert_eq!(usize::from(CLIENT_HELLO[8]), CLIENT_HELLO.len() - 9);
        assert_eq!(usize::from(API_VERSIONS[3]), API_VERSIONS.len() - 4);
    }
}
