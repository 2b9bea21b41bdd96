//! Encryption on the way to the database, by the words of PostgreSQL's own programs: `sslmode` and `sslrootcert`.
//!
//! | `sslmode` | encrypted | the server's certificate |
//! |---|---|---|
//! | `disable` | no | |
//! | `prefer`, which is usual | where the server offers it | is not looked at |
//! | `require` | yes | is not looked at, unless `sslrootcert` is given: then as `verify-ca` |
//! | `verify-ca` | yes | must come from a root that is trusted |
//! | `verify-full` | yes | and be for the host that the address names |
//!
//! A root is trusted that stands in the file `sslrootcert` (PEM), or without it one that the system trusts.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::open::OpenError;

/// How a database is reached: where and as whom, and how that is encrypted.
#[derive(Clone)]
pub(crate) struct Way {
    pub config: Config,
    pub tls: MakeRustlsConnect,
}

/// What a connection that was made goes through.
type Stream =
    <<MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<Socket>>::TlsConnect as TlsConnect<Socket>>::Stream;

impl Way {
    /// Connects.
    pub async fn connect(&self) -> Result<(Client, Connection<Socket, Stream>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// What is looked at of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looks {
    Nowhere,
    AtRoot,
    AtRootAndName,
}

/// What an address says of encryption.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    mode: SslMode,
    looks: Looks,
    root: Option<String>,
}

/// Reads an address, and makes ready what its `sslmode` asks for.
pub(crate) fn way(address: &str) -> Result<Way, OpenError> {
    let (rest, wanted) = wanted(address)?;
    let mut config: Config = rest.parse().map_err(OpenError::Address)?;
    // A socket of the same machine is not encrypted, whatever is asked for: the server does not offer it.
    let afar = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
    config.ssl_mode(if afar { wanted.mode } else { SslMode::Disable });
    let tls = MakeRustlsConnect::new(client_config(&wanted)?);
    Ok(Way { config, tls })
}

/// The address without what is said of encryption, and that.
fn wanted(address: &str) -> Result<(String, Wanted), OpenError> {
    // The first `@` ends user and password, whatever stands before it: a `?` there begins no parameters.
    if address.split_once('@').is_some_and(|(before, _)| before.contains('?')) {
        return Err(OpenError::Credentials);
    }
    let (place, parameters) = address.split_once('?').unwrap_or((address, ""));
    let (mut mode, mut root, mut others) = ("prefer".to_owned(), None, Vec::new());
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslmode", value)) => mode = value.to_owned(),
            Some(("sslrootcert", value)) => root = Some(decoded(value)),
            _ => others.push(parameter),
        }
    }
    let (mode, looks) = match (mode.as_str(), &root) {
        ("disable", _) => (SslMode::Disable, Looks::Nowhere),
        ("prefer", _) => (SslMode::Prefer, Looks::Nowhere),
        ("require", None) => (SslMode::Require, Looks::Nowhere),
        ("require", Some(_)) | ("verify-ca", _) => (SslMode::Require, Looks::AtRoot),
        ("verify-full", _) => (SslMode::Require, Looks::AtRootAndName),
        _ => return Err(OpenError::SslMode(mode)),
    };
    let rest = match others.as_slice() {
        [] => place.to_owned(),
        others => format!("{place}?{}", others.join("&")),
    };
    Ok((rest, Wanted { mode, looks, root }))
}

/// A value of a URL, in which `%20` stands for a space.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn client_config(wanted: &Wanted) -> Result<ClientConfig, OpenError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let unusable = |what: String| OpenError::Certificates { what };
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|fault| unusable(fault.to_string()))?;
    let verifier = Verifier {
        looks: wanted.looks,
        trusted: match wanted.looks {
            Looks::Nowhere => None,
            Looks::AtRoot | Looks::AtRootAndName => Some(Trusted::of(wanted.root.as_deref(), provider.clone())?),
        },
        provider,
    };
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Whose certificates are trusted.
#[derive(Debug)]
struct Trusted {
    roots: Vec<CertificateDer<'static>>,
    judge: Arc<WebPkiServerVerifier>,
}

impl Trusted {
    fn of(file: Option<&str>, provider: Arc<CryptoProvider>) -> Result<Self, OpenError> {
        let unusable = |what: String| OpenError::Certificates { what };
        let roots = match file {
            Some(file) => CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect)
                .map_err(|fault| unusable(format!("{file}: {fault}")))?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        if store.is_empty() {
            return Err(unusable(match file {
                Some(file) => format!("{file} holds no certificate in PEM form"),
                None => "this system trusts no root; name one with sslrootcert=FILE".to_owned(),
            }));
        }
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
            .build()
            .map_err(|fault| unusable(fault.to_string()))?;
        Ok(Self { roots, judge })
    }
}

/// Looks at certificates as far as `sslmode` says.
#[derive(Debug)]
struct Verifier {
    looks: Looks,
    trusted: Option<Trusted>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(trusted) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        // A server that signed its certificate itself: whoever names that very certificate trusts it.
        let judged = if trusted.roots.iter().any(|root| root == own) {
            let parsed = ParsedCertificate::try_from(own)?;
            rustls::client::verify_server_name(&parsed, name).map(|()| ServerCertVerified::assertion())
        } else {
            trusted.judge.verify_server_cert(own, between, name, stapled, now)
        };
        match judged {
            // The name is judged last.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.looks == Looks::AtRoot => Ok(ServerCertVerified::assertion()),
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What the administrator can do about a connection that could not be encrypted, where that is why it failed.
pub(crate) fn what_helps(error: &tokio_postgres::Error) -> Option<&'static str> {
    let source = std::error::Error::source(error)?;
    let of_tls = source
        .downcast_ref::<std::io::Error>()
        .and_then(|fault| fault.get_ref()?.downcast_ref::<rustls::Error>());
    Some(match of_tls {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "name the host as its certificate does, or say sslmode=verify-ca",
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "the server needs a new certificate",
        Some(rustls::Error::InvalidCertificate(_)) => {
            "its certificate comes from no root that is trusted: name that root with sslrootcert=FILE"
        }
        Some(_) => "server and program agree upon no way to encrypt",
        None if source.to_string().contains("does not support TLS") => {
            "switch it on in the server (ssl = on), or say sslmode=disable where the network is safe"
        }
        None => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_it_is_encrypted() {
        let asked =
            |address: &str| wanted(address).map(|(rest, wanted)| (rest, wanted.mode, wanted.looks, wanted.root));
        let root = Some("/etc/my roots.pem".to_owned());
        let place = "postgres://clerk:word@db/city";
        for (parameters, rest, mode, looks, named) in [
            ("", "", SslMode::Prefer, Looks::Nowhere, None),
            (
                "?sslmode=disable&user=x",
                "?user=x",
                SslMode::Disable,
                Looks::Nowhere,
                None,
            ),
            ("?sslmode=require", "", SslMode::Require, Looks::Nowhere, None),
            (
                "?a=b&sslmode=require&sslrootcert=/etc/my%20roots.pem&c=d",
                "?a=b&c=d",
                SslMode::Require,
                Looks::AtRoot,
                root.clone(),
            ),
            ("?sslmode=verify-ca", "", SslMode::Require, Looks::AtRoot, None),
            (
                "?sslrootcert=%2Fetc%2Fmy roots.pem&sslmode=verify-full",
                "",
                SslMode::Require,
                Looks::AtRootAndName,
                root,
            ),
        ] {
            let expected = (format!("{place}{rest}"), mode, looks, named);
            assert_eq!(
                asked(&format!("{place}{parameters}")).unwrap(),
                expected,
                "{parameters}"
            );
        }
        let odd = asked("postgres://db/city?sslmode=allow").unwrap_err().to_string();
        assert!(odd.contains("verify-full"), "{odd}");
        // Half of this password would be parameters, and the encryption that is asked for nobody's.
        let ambiguous = asked("postgres://clerk:Se?cret@db/city?sslmode=require")
            .unwrap_err()
            .to_string();
        assert!(ambiguous.contains("%3F"), "{ambiguous}");
        assert_eq!(decoded("100%"), "100%");
    }
}
