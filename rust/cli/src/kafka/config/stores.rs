//! Stores of keys and certificates, as Java's clients name them, in PEM.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::provider::Provider;
use openssl::x509::X509;

use super::properties::{read_bytes, Properties};

/// A larger store is not read: all the certificates of a system take some hundred kB.
const MAX_BYTES: u64 = 16 << 20;
const JKS_MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
const JCEKS_MAGIC: [u8; 4] = [0xce, 0xce, 0xce, 0xce];
const PEM_START: &[u8] = b"-----BEGIN ";
/// What every PKCS#12 store begins with: an ASN.1 sequence.
const ASN1_SEQUENCE: u8 = 0x30;

/// What a client shows to the broker, in PEM.
pub struct Identity {
    /// Its certificate, followed by those that lead to one that the broker trusts.
    pub certificates: String,
    /// Its private key, not encrypted.
    pub key: String,
}

/// What is in a store.
struct Store {
    key: Option<PKey<Private>>,
    certificates: Vec<X509>,
}

/// The certificates that `ssl.truststore.*` names, in PEM; `None` if it names none.
///
/// # Errors
/// When the store cannot be read, or has none.
pub fn trusted(properties: &Properties) -> anyhow::Result<Option<String>> {
    if let Some(pem) = properties.get("ssl.truststore.certificates") {
        let store = of_pem(pem.as_bytes(), None).context("ssl.truststore.certificates")?;
        return pem_of(&store.certificates).map(Some);
    }
    let Some(path) = properties.get("ssl.truststore.location") else {
        return Ok(None);
    };
    let place = || format!("ssl.truststore.location {path}");
    let password = properties.get("ssl.truststore.password").map(String::as_str);
    let store = open(Path::new(path), password, "ssl.truststore.password", None).with_context(place)?;
    anyhow::ensure!(!store.certificates.is_empty(), "{} has no certificates to trust", place());
    pem_of(&store.certificates).map(Some)
}

/// The key and the certificates that `ssl.keystore.*` names; `None` if it names none.
///
/// # Errors
/// When the store cannot be read, or has no key with a certificate.
pub fn identity(properties: &Properties) -> anyhow::Result<Option<Identity>> {
    let key_password = properties.get("ssl.key.password").map(String::as_str);
    let (place, store) = match (properties.get("ssl.keystore.location"), properties.get("ssl.keystore.key")) {
        (Some(path), _) => {
            let place = format!("ssl.keystore.location {path}");
            let password = properties.get("ssl.keystore.password").map(String::as_str);
            let store = open(Path::new(path), password, "ssl.keystore.password", key_password);
            (place, store)
        }
        (None, Some(key)) => {
            let chain = properties.get("ssl.keystore.certificate.chain").map_or("", String::as_str);
            let pem = format!("{key}\n{chain}");
            (
                "ssl.keystore.key and ssl.keystore.certificate.chain".to_owned(),
                of_pem(pem.as_bytes(), key_password),
            )
        }
        (None, None) => return Ok(None),
    };
    let store = store.with_context(|| place.clone())?;
    let (Some(key), false) = (store.key, store.certificates.is_empty()) else {
        anyhow::bail!("{place}: there is no private key with its certificate");
    };
    let key = key.private_key_to_pem_pkcs8().context("cannot write the key as PEM")?;
    Ok(Some(Identity { certificates: pem_of(&store.certificates)?, key: text(key)? }))
}

/// Opens a store of whatever kind its content is of: Java does not go by `.type` alone either.
fn open(
    path: &Path,
    password: Option<&str>,
    password_property: &str,
    key_password: Option<&str>,
) -> anyhow::Result<Store> {
    let content = read_bytes(path, MAX_BYTES, "a PKCS12 store or PEM").context("cannot be read")?;
    if content.windows(PEM_START.len()).any(|window| window == PEM_START) {
        return of_pem(&content, key_password);
    }
    anyhow::ensure!(
        !content.starts_with(&JKS_MAGIC) && !content.starts_with(&JCEKS_MAGIC),
        "is in a format of Java's own, which only the job reads; convert it: keytool -importkeystore \
         -srckeystore {0} -destkeystore {0}.p12 -deststoretype PKCS12",
        path.display()
    );
    anyhow::ensure!(content.first() == Some(&ASN1_SEQUENCE), "is neither a PKCS12 store nor PEM");
    of_pkcs12(&content, password.unwrap_or_default(), password_property)
}

fn of_pkcs12(content: &[u8], password: &str, password_property: &str) -> anyhow::Result<Store> {
    // Java 8 encrypts certificates with RC2, which OpenSSL counts as legacy. Newer stores do without.
    let _legacy = Provider::try_load(None, "legacy", true).ok();
    let store = Pkcs12::from_der(content).context("is no PKCS12 store")?;
    let wrong_password = || format!("cannot be opened; check {password_property}");
    // The binding panics at such a byte.
    anyhow::ensure!(!password.contains('\0'), wrong_password());
    let parsed = store.parse2(password).map_err(|_| anyhow::anyhow!(wrong_password()))?;
    let others = parsed.ca.into_iter().flatten();
    Ok(Store { key: parsed.pkey, certificates: parsed.cert.into_iter().chain(others).collect() })
}

fn of_pem(content: &[u8], key_password: Option<&str>) -> anyhow::Result<Store> {
    let has_key = content.windows(b"PRIVATE KEY-----".len()).any(|window| window == b"PRIVATE KEY-----");
    let key = has_key.then(|| {
        PKey::private_key_from_pem_passphrase(content, key_password.unwrap_or_default().as_bytes())
            .map_err(|_| anyhow::anyhow!("the private key cannot be read; check ssl.key.password"))
    });
    let certificates = X509::stack_from_pem(content).context("is no PEM file of certificates")?;
    Ok(Store { key: key.transpose()?, certificates })
}

fn pem_of(certificates: &[X509]) -> anyhow::Result<String> {
    let mut pem = String::new();
    for certificate in certificates {
        let one = certificate.to_pem().context("cannot write a certificate as PEM")?;
        writeln!(pem, "{}", text(one)?.trim_end())?;
    }
    Ok(pem)
}

fn text(pem: Vec<u8>) -> anyhow::Result<String> {
    String::from_utf8(pem).context("PEM is text")
}
