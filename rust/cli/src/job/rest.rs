//! Requests to Flink's REST interface, also through a proxy with TLS and basic authentication.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use base64::prelude::{Engine, BASE64_STANDARD};
use serde::Deserialize;
use ureq::http::{Request, Response};
use ureq::{Agent, Body, SendBody};

use super::change::Trouble;
use super::file::Address;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// The job's own checks, which ask Kafka, are made before the answer.
const RUN_LIMIT: Duration = Duration::from_secs(180);
const MAX_ANSWER_BYTES: u64 = 64 << 20;
const MAX_REASON_CHARS: usize = 500;
const BOUNDARY: &str = "callweave-1f7c0d9a4b6e";

/// What an answer that is no success is.
#[derive(Debug)]
pub enum Failure {
    /// No answer, or a proxy's word that there is none.
    Away(String),
    /// Flink does not know what is asked for.
    NotFound(String),
    /// Flink's reason.
    Refused(String),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(why) => Self::Away(why),
            Failure::NotFound(why) | Failure::Refused(why) => Self::Refused(why),
        }
    }
}

impl From<Failure> for anyhow::Error {
    fn from(failure: Failure) -> Self {
        Self::msg(Trouble::from(failure).into_text())
    }
}

/// An answer, or why there is none.
pub type Answer = Result<String, Failure>;

/// The client of one cluster.
pub struct Rest {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Rest {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// When the password or the certificates cannot be read.
    pub fn new(address: &Address) -> anyhow::Result<Self> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_LIMIT))
            .timeout_global(Some(ANSWER_LIMIT))
            // The cluster is near: a proxy for the way out has no part in it.
            .proxy(None);
        let config = with_tls(config, address)?;
        let authorization = match (&address.user, &address.password_file) {
            (Some(user), Some(file)) => {
                let login = format!("{user}:{}", read_password(file)?);
                Some(format!("Basic {}", BASE64_STANDARD.encode(login)))
            }
            _ => None,
        };
        Ok(Self { agent: config.build().into(), url: address.url.clone(), authorization })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, SendBody::none(), ANSWER_LIMIT)
    }

    /// Sends JSON. With `is_slow` the answer may take minutes.
    pub fn post(&self, path: &str, json: &str, is_slow: bool) -> Answer {
        let mut bytes = Cursor::new(json.as_bytes());
        let kind = Some(("application/json", json.len() as u64));
        let limit = if is_slow { RUN_LIMIT } else { ANSWER_LIMIT };
        self.send("POST", path, kind, SendBody::from_reader(&mut bytes), limit)
    }

    /// Asks for a change that needs no body.
    pub fn patch(&self, path: &str) -> Answer {
        self.send("PATCH", path, Some(("application/json", 0)), SendBody::none(), ANSWER_LIMIT)
    }

    /// Asks for a removal.
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, SendBody::none(), ANSWER_LIMIT)
    }

    /// Sends a jar as a form does.
    pub fn upload(&self, path: &str, jar: &Path, progress: impl Fn(u64)) -> Answer {
        let open = || File::open(jar).and_then(|file| file.metadata().map(|metadata| (metadata.len(), file)));
        let (length, file) = open()
            .map_err(|error| Failure::Refused(format!("cannot read the jar {}: {error}", jar.display())))?;
        let name = jar.file_name().unwrap_or_default().to_string_lossy().replace(['"', '\r', '\n'], "_");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"{name}\"\r\n\
             Content-Type: application/x-java-archive\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let total = head.len() as u64 + length + tail.len() as u64;
        let counted = Counted { inner: file.take(length), done: 0, progress };
        let mut body = Cursor::new(head).chain(counted).chain(Cursor::new(tail));
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send("POST", path, Some((&kind, total)), SendBody::from_reader(&mut body), RUN_LIMIT)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        kind: Option<(&str, u64)>,
        body: SendBody<'_>,
        limit: Duration,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some((kind, length)) = kind {
            request = request.header("Content-Type", kind).header("Content-Length", length);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let request = request.body(body).map_err(|error| Failure::Refused(format!("{path}: {error}")))?;
        let request = self.agent.configure_request(request).timeout_global(Some(limit)).build();
        let away = |error: ureq::Error| {
            Failure::Away(format!(
                "Flink at {} does not answer: {error}; see that it runs, or give the address of its REST \
                 interface with --flink",
                self.url
            ))
        };
        let mut response = self.agent.run(request).map_err(away)?;
        let text = read(&mut response).map_err(away)?;
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Ok(text);
        }
        Err(match status {
            401 | 403 => Failure::Refused(format!(
                "{} answers {status}: a user and a password that are right are wanted, by user and password-file",
                self.url
            )),
            300..=399 => Failure::Refused(format!("{} sends on to another address; that one is wanted", self.url)),
            404 => Failure::NotFound(reason(&text)),
            // A proxy without Flink behind it, or Flink without a leader.
            502..=504 => Failure::Away(format!("Flink at {} answers {status}", self.url)),
            // The JobManager goes on with what it has not done in its own time.
            _ if is_late_within_flink(&text) => Failure::Away(reason(&text)),
            _ => Failure::Refused(reason(&text)),
        })
    }
}

/// Whether one part of Flink has waited too long for another; not the main class of a job for something.
fn is_late_within_flink(text: &str) -> bool {
    ["akka.pattern.AskTimeoutException", "java.util.concurrent.TimeoutException: Invocation of "]
        .iter()
        .any(|late| text.contains(late))
}

fn read(response: &mut Response<Body>) -> Result<String, ureq::Error> {
    response.body_mut().with_config().limit(MAX_ANSWER_BYTES).lossy_utf8(true).read_to_string()
}

type Config = ureq::config::ConfigBuilder<ureq::typestate::AgentScope>;

#[cfg(feature = "tls")]
fn with_tls(config: Config, address: &Address) -> anyhow::Result<Config> {
    use ureq::tls::{parse_pem, PemItem, RootCerts, TlsConfig, TlsProvider};

    let roots = match &address.ca_file {
        None => RootCerts::PlatformVerifier,
        Some(file) => {
            let pem =
                std::fs::read(file).with_context(|| format!("cannot read the ca-file {}", file.display()))?;
            let certificates: Vec<_> = parse_pem(&pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            anyhow::ensure!(
                !certificates.is_empty(),
                "the ca-file {} has no certificate in PEM",
                file.display()
            );
            RootCerts::from(certificates)
        }
    };
    let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(roots).build();
    Ok(config.tls_config(tls))
}

#[cfg(not(feature = "tls"))]
fn with_tls(config: Config, address: &Address) -> anyhow::Result<Config> {
    anyhow::ensure!(address.ca_file.is_none(), "ca-file is of no use: this callweave was built without TLS");
    Ok(config)
}

fn read_password(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| format!("cannot read the password-file {}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Tells how many bytes were read of it.
struct Counted<R, F> {
    inner: R,
    done: u64,
    progress: F,
}

impl<R: Read, F: Fn(u64)> Read for Counted<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.done += read as u64;
        (self.progress)(self.done);
        Ok(read)
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<String>,
}

/// The sentence that matters in what Flink says about an error, in one line.
pub fn reason(text: &str) -> String {
    let all = match serde_json::from_str::<Errors>(text) {
        Ok(errors) => errors.errors.join("\n"),
        Err(_) => text.to_owned(),
    };
    cause(&all)
}

/// The innermost cause of a stack trace, or the job's own words.
pub fn cause(trace: &str) -> String {
    let lines: Vec<&str> = trace.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let parameters = lines
        .iter()
        .find_map(|line| line.split_once("ProgramParametrizationException: ").map(|(_, words)| words));
    let inner = lines.iter().rev().find_map(|line| line.strip_prefix("Caused by: "));
    let first =
        lines.iter().find(|line| !line.starts_with("at ") && !line.ends_with("Internal server error."));
    let chosen = parameters.or(inner).or(first.copied()).unwrap_or("no reason given");
    // The job's own exceptions speak for themselves.
    let own = chosen.strip_prefix("io.callweave.").and_then(|own| own.split_once(": "));
    let chosen = own.map_or(chosen, |(_, words)| words);
    let sentence = chosen.strip_prefix("callweave: ").unwrap_or(chosen);
    sentence.chars().map(|char| if char.is_control() { ' ' } else { char }).take(MAX_REASON_CHARS).collect()
}

#[cfg(test)]
mod tests;
