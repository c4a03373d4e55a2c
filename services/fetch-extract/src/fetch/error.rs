//! Why a PDF was not fetched, and what that means for its invoice.

use contract::{Class, Code, code};
use engine::StageError;
use std::time::Duration;

/// The longest wait that a host may ask for. A longer one would park the whole stage, and with it all other hosts.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// A failed download. Hosts are named, the rest of a URL is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("pdf_url is not an absolute URL")]
    NotAUrl,
    #[error("{scheme} is not fetched: publish an https URL, or set fetch.allow_http for http")]
    SchemeRefused { scheme: String },
    #[error("{host} is at a private or reserved address; fetch.allow_private_addresses opens private networks")]
    AddressRefused { host: String },
    #[error("{host} is asked for at port {port}, where no web server listens")]
    PortRefused { host: String, port: u16 },
    #[error("the name {host} could not be resolved: {cause}")]
    Dns { host: String, cause: String },
    #[error("no connection to {host}: {cause}")]
    Connect { host: String, cause: String },
    #[error("no TLS connection to {host}: {cause}")]
    Tls { host: String, cause: String },
    #[error("{host} did not send the PDF within {} ms, or stood still for too long", limit.as_millis())]
    Timeout { host: String, limit: Duration },
    #[error("{host} broke off before the PDF was whole")]
    Interrupted { host: String },
    #[error("more than {limit} redirects")]
    TooManyRedirects { limit: u32 },
    #[error("{host} answered with status {status}")]
    Status { host: String, status: u16, retry_after: Option<Duration> },
    #[error("{host} sends more than {limit} bytes, the most that fetch.max_bytes allows")]
    TooLarge { host: String, limit: u64 },
    #[error("{host} sent something that is not a PDF; a login page, perhaps, or an expired link")]
    NotPdf { host: String },
}

impl Error {
    /// The code, and the class: what concerns one host is never [`Class::Unavailable`], as the next URL is elsewhere.
    #[must_use]
    pub const fn meaning(&self) -> (Code, Class) {
        match self {
            Self::NotAUrl | Self::SchemeRefused { .. } => (code::FETCH_SCHEME_REFUSED, Class::Permanent),
            Self::AddressRefused { .. } | Self::PortRefused { .. } => (code::FETCH_ADDRESS_REFUSED, Class::Permanent),
            Self::Dns { .. } => (code::FETCH_DNS, Class::Transient),
            Self::Connect { .. } => (code::FETCH_CONNECT, Class::Transient),
            Self::Tls { .. } => (code::FETCH_TLS, Class::Permanent),
            Self::Timeout { .. } => (code::FETCH_TIMEOUT, Class::Transient),
            Self::Interrupted { .. } => (code::FETCH_INTERRUPTED, Class::Transient),
            Self::TooManyRedirects { .. } => (code::FETCH_TOO_MANY_REDIRECTS, Class::Permanent),
            Self::Status { status, .. } => of_status(*status),
            Self::TooLarge { .. } => (code::FETCH_TOO_LARGE, Class::Permanent),
            Self::NotPdf { .. } => (code::FETCH_NOT_PDF, Class::Permanent),
        }
    }
}

const fn of_status(status: u16) -> (Code, Class) {
    match status {
        401 => (code::FETCH_HTTP_401, Class::Permanent),
        403 => (code::FETCH_HTTP_403, Class::Permanent),
        404 => (code::FETCH_HTTP_404, Class::Permanent),
        410 => (code::FETCH_HTTP_410, Class::Permanent),
        429 => (code::FETCH_RATE_LIMITED, Class::Transient),
        408 | 425 | 500.. => (code::FETCH_SERVER_ERROR, Class::Transient),
        _ => (code::FETCH_HTTP_STATUS, Class::Permanent),
    }
}

impl From<Error> for StageError {
    fn from(error: Error) -> Self {
        let (code, class) = error.meaning();
        let wait = match &error {
            Error::Status { retry_after, .. } => retry_after.map(|wait| wait.min(MAX_RETRY_AFTER)),
            _ => None,
        };
        Self::new(code, class, error.to_string()).with_retry_after(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_repeated_only_when_another_attempt_may_succeed() {
        for (status, code, class) in [
            (400, "fetch.http_status", Class::Permanent),
            (401, "fetch.http_401", Class::Permanent),
            (403, "fetch.http_403", Class::Permanent),
            (404, "fetch.http_404", Class::Permanent),
            (408, "fetch.server_error", Class::Transient),
            (410, "fetch.http_410", Class::Permanent),
            (425, "fetch.server_error", Class::Transient),
            (429, "fetch.rate_limited", Class::Transient),
            (451, "fetch.http_status", Class::Permanent),
            (500, "fetch.server_error", Class::Transient),
            (503, "fetch.server_error", Class::Transient),
            (599, "fetch.server_error", Class::Transient),
            (304, "fetch.http_status", Class::Permanent),
        ] {
            let error = Error::Status { host: "h".into(), status, retry_after: None };
            assert_eq!(error.meaning(), (Code::new(code), class), "{status}");
        }
    }

    #[test]
    fn one_host_cannot_park_the_stage() {
        let error = Error::Status { host: "h".into(), status: 503, retry_after: Some(Duration::from_secs(86_400)) };
        assert_eq!(StageError::from(error).retry_after, Some(MAX_RETRY_AFTER));
    }
}
