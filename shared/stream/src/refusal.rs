//! When the cluster turns a client away: which of Kafka's errors mean that, and what a person has to do about it.
//!
//! Never says a user's name or a password, only which setting is refused.

use contract::{Code, code};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Why the cluster turns us away. Waiting does not help; a person has to change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The user or the password is wrong, or the log-in's mechanism.
    LogIn,
    /// One side does not trust the other's certificate, or does not speak TLS.
    Tls,
    /// No rule of the cluster allows this.
    Rights,
}

impl Refusal {
    /// `None` if the error is something else, such as a broker that is away.
    #[must_use]
    pub fn of(error: &KafkaError) -> Option<Self> {
        let code = match error {
            KafkaError::AdminOp(code) => Some(*code),
            other => other.rdkafka_error_code(),
        };
        Self::of_code(code?)
    }

    pub(crate) fn of_code(code: RDKafkaErrorCode) -> Option<Self> {
        use RDKafkaErrorCode as Kafka;
        match code {
            Kafka::Authentication | Kafka::SaslAuthenticationFailed | Kafka::UnsupportedSASLMechanism => {
                Some(Self::LogIn)
            }
            Kafka::SSL => Some(Self::Tls),
            Kafka::TopicAuthorizationFailed
            | Kafka::GroupAuthorizationFailed
            | Kafka::ClusterAuthorizationFailed
            | Kafka::TransactionalIdAuthorizationFailed => Some(Self::Rights),
            _ => None,
        }
    }

    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::LogIn => code::KAFKA_LOG_IN_REFUSED,
            Self::Tls => code::KAFKA_TLS,
            Self::Rights => code::KAFKA_NOT_AUTHORIZED,
        }
    }

    /// What to do.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::LogIn => "check sasl.username, sasl.password and sasl.mechanism in kafka.properties",
            Self::Tls => {
                "check security.protocol and ssl.ca.location in kafka.properties, and the brokers' certificate"
            }
            Self::Rights => "`invoicectl acls` prints the rules that each service needs; add the missing one",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{0}: {1} (docs/errors/{0}.md)", self.code(), self.advice())
    }
}

/// Logs a failure that is waited out, and if it is a refusal, as what a person has to put right. Clients repeat what
/// is refused many times a second: the same refusal is logged once in a while.
pub(crate) fn log(error: &KafkaError, what: &str) {
    let Some(refusal) = Refusal::of(error) else { return tracing::warn!(%error, "{what}") };
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let about = format!("{error} {}", what.split(':').next().unwrap_or(what));
    told.retain(|(_, at)| at.elapsed() < SILENCE);
    if !told.iter().any(|(known, _)| *known == about) {
        told.push((about, Instant::now()));
        tracing::error!(code = %refusal.code(), %error, "{what}: {}", refusal.advice());
    }
}

const SILENCE: Duration = Duration::from_secs(5);
/// What was logged within that time, and when.
static TOLD: Mutex<Vec<(String, Instant)>> = Mutex::new(Vec::new());

/// What librdkafka's log says of a connection whose TLS handshake one side broke off.
const HANDSHAKE_FAILED: &str = "SSL handshake failed";

/// What librdkafka says outside of any call. It reports refused connections only here: a call just times out.
#[derive(Debug, Default)]
pub(crate) struct Hearing(Mutex<Option<Refusal>>);

impl Hearing {
    /// The last refusal, once.
    pub(crate) fn take(&self) -> Option<Refusal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn hear(&self, refusal: Refusal) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
    }
}

/// librdkafka's log lines go where ours go.
pub(crate) fn log_line(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::error!(target: "librdkafka", "{facility} {message}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", "{facility} {message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {}
    }
}

impl ClientContext for Hearing {
    /// That a certificate is not trusted is an error only from the second connection on; the log says it of the first.
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if message.contains(HANDSHAKE_FAILED) {
            self.hear(Refusal::Tls);
        }
        log_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // For consumers that ask to be told of a partition's end: it is reported as an error, which it is not.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        log(&error, reason);
        if let Some(refusal) = Refusal::of(&error) {
            self.hear(refusal);
        }
    }
}

impl ConsumerContext for Hearing {}

/// For a producer that only asks for metadata.
impl ProducerContext for Hearing {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_a_broker_that_is_away() {
        let of = |code| Refusal::of(&KafkaError::Global(code));
        assert_eq!(of(RDKafkaErrorCode::Authentication), Some(Refusal::LogIn));
        assert_eq!(of(RDKafkaErrorCode::SSL), Some(Refusal::Tls));
        assert_eq!(of(RDKafkaErrorCode::GroupAuthorizationFailed), Some(Refusal::Rights));
        assert_eq!(of(RDKafkaErrorCode::BrokerTransportFailure), None);
        assert_eq!(of(RDKafkaErrorCode::AllBrokersDown), None);
    }

    #[test]
    fn a_certificate_that_is_not_trusted_is_heard_of_the_first_connection() {
        let hearing = Hearing::default();
        let said = "[thrd:x]: sasl_ssl://broker:9093/bootstrap: SSL handshake failed: certificate verify failed";
        hearing.log(RDKafkaLogLevel::Error, "FAIL", said);
        assert_eq!(hearing.take(), Some(Refusal::Tls));
    }

    #[test]
    fn a_refusal_names_its_page_and_what_to_do() {
        let said = Refusal::Rights.to_string();
        assert!(said.starts_with("kafka.not_authorized: ") && said.contains("invoicectl acls"), "{said}");
    }
}
