//! Keys and certificates for tests.

#![allow(clippy::unwrap_used)]

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509Name, X509};

/// A certificate in its own name, made out to `127.0.0.1` and to the host `name`.
pub fn key_and_certificate(name: &str) -> (PKey<Private>, X509) {
    made_out(name, &Asn1Time::days_from_now(1).unwrap())
}

/// One whose time is over.
pub fn out_of_date(name: &str) -> (PKey<Private>, X509) {
    made_out(name, &Asn1Time::from_unix(1).unwrap())
}

fn made_out(name: &str, end: &Asn1Time) -> (PKey<Private>, X509) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
    certificate.set_subject_name(&subject).unwrap();
    certificate.set_issuer_name(&subject).unwrap();
    certificate.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    certificate.set_not_after(end).unwrap();
    certificate.set_pubkey(&key).unwrap();
    let names = SubjectAlternativeName::new()
        .ip("127.0.0.1")
        .dns(name)
        .build(&certificate.x509v3_context(None, None))
        .unwrap();
    certificate.append_extension(names).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    (key, certificate.build())
}

/// As text.
pub fn pem(certificate: &X509) -> String {
    String::from_utf8(certificate.to_pem().unwrap()).unwrap()
}
