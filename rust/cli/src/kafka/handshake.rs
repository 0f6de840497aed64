//! What is wrong with a broker's certificate. librdkafka says of each fault the same.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use openssl::nid::Nid;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509Ref, X509StoreContextRef, X509VerifyResult, X509};

use super::probe::connect;

const EXPIRED: i32 = 10;
const NOT_YET_VALID: i32 = 9;
const OTHER_HOST: i32 = 62;
const OTHER_ADDRESS: i32 = 64;

/// What is wrong with a certificate.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is made out to these names, not to the host.
    OtherHost(String),
    /// Its time is over, or has not come.
    OutOfDate,
    /// Neither it nor its signer is trusted; OpenSSL's reason.
    Untrusted(String),
}

/// Connects to HOST:PORT and looks at its certificate; `None` where no fault is found. `trusted` are
/// the certificates to trust, in PEM; else OpenSSL's own. The host counts only if `checks_host`.
pub fn certificate_fault(address: &str, trusted: Option<&str>, checks_host: bool) -> Option<Fault> {
    let faults = Arc::new(Mutex::new(Vec::new()));
    // That the handshake itself fails, for want of a certificate of the client's, is no matter here.
    let _: anyhow::Result<()> = shake_hands(address, trusted, checks_host, &faults);
    let mut faults = std::mem::take(&mut *faults.lock().unwrap_or_else(PoisonError::into_inner));
    // A wrong host is certain; that a certificate is not trusted is not where the store is a guess.
    faults.sort_by_key(|fault| match fault {
        Fault::OtherHost(_) => 0,
        Fault::OutOfDate => 1,
        Fault::Untrusted(_) => 2,
    });
    faults.into_iter().next()
}

fn shake_hands(
    address: &str,
    trusted: Option<&str>,
    checks_host: bool,
    faults: &Arc<Mutex<Vec<Fault>>>,
) -> anyhow::Result<()> {
    let mut connector = SslConnector::builder(SslMethod::tls_client())?;
    if let Some(pem) = trusted {
        let mut store = X509StoreBuilder::new()?;
        for certificate in X509::stack_from_pem(pem.as_bytes())? {
            store.add_cert(certificate)?;
        }
        connector.set_cert_store(store.build());
    }
    let noted = Arc::clone(faults);
    connector.set_verify_callback(SslVerifyMode::PEER, move |is_right, verified| {
        if !is_right {
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(fault(verified));
        }
        true
    });
    let (host, _) = address.rsplit_once(':').context("an address is written HOST:PORT")?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    connector.build().configure()?.verify_hostname(checks_host).connect(host, connect(address)?)?;
    Ok(())
}

fn fault(verified: &X509StoreContextRef) -> Fault {
    let error: X509VerifyResult = verified.error();
    match error.as_raw() {
        OTHER_HOST | OTHER_ADDRESS => {
            Fault::OtherHost(verified.current_cert().map_or_else(String::new, names_of))
        }
        EXPIRED | NOT_YET_VALID => Fault::OutOfDate,
        _ => Fault::Untrusted(error.error_string().to_owned()),
    }
}

/// To whom a certificate is made out.
fn names_of(certificate: &X509Ref) -> String {
    let mut names = Vec::new();
    for name in certificate.subject_alt_names().iter().flatten() {
        names.extend(name.dnsname().map(str::to_owned));
        names.extend(name.ipaddress().and_then(address_of).map(|address| address.to_string()));
    }
    if names.is_empty() {
        let subject = certificate.subject_name().entries_by_nid(Nid::COMMONNAME);
        names.extend(subject.filter_map(|entry| entry.data().to_string().ok()));
    }
    names.join(", ")
}

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use openssl::pkey::{PKey, Private};
    use openssl::ssl::SslAcceptor;

    use super::*;
    use crate::kafka::certificates::{key_and_certificate, out_of_date, pem};

    /// The port of a server that shows this certificate once.
    fn server((key, certificate): &(PKey<Private>, X509)) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_private_key(key).unwrap();
        acceptor.set_certificate(certificate).unwrap();
        let acceptor = acceptor.build();
        thread::spawn(move || drop(acceptor.accept(listener.accept().unwrap().0)));
        port
    }

    #[test]
    fn a_certificate_that_is_trusted_and_made_out_to_the_host_has_no_fault() {
        let good = key_and_certificate("kafka");
        let address = format!("127.0.0.1:{}", server(&good));
        assert_eq!(certificate_fault(&address, Some(&pem(&good.1)), true), None);
    }

    #[test]
    fn the_faults_of_a_certificate_are_told_apart() {
        let (good, other, old) =
            (key_and_certificate("kafka"), key_and_certificate("other"), out_of_date("old"));
        let fault = |host: &str, shown, trusted: &X509| {
            certificate_fault(&format!("{host}:{}", server(shown)), Some(&pem(trusted)), true)
        };
        let other_host = Some(Fault::OtherHost("127.0.0.1, kafka".to_owned()));
        assert_eq!(fault("localhost", &good, &good.1), other_host);
        assert_eq!(fault("localhost", &good, &other.1), other_host);
        let address = format!("localhost:{}", server(&good));
        assert_eq!(certificate_fault(&address, Some(&pem(&good.1)), false), None);
        assert!(matches!(fault("127.0.0.1", &good, &other.1), Some(Fault::Untrusted(_))));
        assert_eq!(fault("127.0.0.1", &old, &old.1), Some(Fault::OutOfDate));
    }
}
