//! Tells the ways apart in which a request gets no answer.

use super::error::Error;
use super::resolver::Refused;
use std::error::Error as StdError;
use std::iter;
use std::time::Duration;

/// Classes an error of a request that got no answer.
pub(super) fn classify(error: &reqwest::Error, host: String, limit: Duration) -> Error {
    let cause = root_cause(error);
    if chain(error).any(|link| link.is::<Refused>()) {
        Error::AddressRefused { host }
    } else if error.is_timeout() {
        Error::Timeout { host, limit }
    } else if error.is_dns() {
        Error::Dns { host, cause }
    } else if error.is_connect() && is_tls(error) {
        Error::Tls { host, cause }
    } else if error.is_connect() {
        Error::Connect { host, cause }
    } else {
        Error::Interrupted { host }
    }
}

/// OpenSSL marks its own errors in their text, and reqwest does not let them through as a type. A connection that
/// breaks during the handshake is an I/O error without that mark: trouble with the network, not with TLS.
fn is_tls(error: &reqwest::Error) -> bool {
    chain(error).any(|link| {
        let text = link.to_string();
        text.contains("SSL routines") || text.contains("certificate")
    })
}

/// The innermost error's sentence. Unlike the outer ones it never holds the URL.
fn root_cause(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    iter::successors(error.source(), |&link| link.source())
}
