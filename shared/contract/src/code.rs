//! Error codes: stable, dotted, and each with a page in `docs/errors/` that says how to put it right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// What a failure means for the record that met it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Another attempt may succeed.
    Transient,
    /// The dependency is down, not this invoice: when several invoices meet it, no attempt is counted.
    Unavailable,
    /// No attempt will ever succeed.
    Permanent,
    /// A person must look before it may go on.
    Review,
}

impl Class {
    pub const ALL: [Self; 4] = [Self::Transient, Self::Unavailable, Self::Permanent, Self::Review];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Unavailable => "unavailable",
            Self::Permanent => "permanent",
            Self::Review => "review",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stable error code such as `fetch.http_404`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Code(Cow<'static, str>);

impl Code {
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// A code that came over the wire; it may be of a newer version than this one.
    #[must_use]
    pub fn foreign(code: String) -> Self {
        Self(Cow::Owned(code))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $class:ident;)*) => {
        $($(#[$doc])* pub const $name: Code = Code::new($code);)*
        /// Every code of this version with the class it usually has.
        pub const CATALOGUE: &[(Code, Class)] = &[$(($name, Class::$class)),*];
    };
}

codes! {
    // A record that cannot be read. It is keyed `rejected:<topic>:<partition>:<offset>` and claims no invoice id.
    /// The value is empty.
    POISON_EMPTY_VALUE = "poison.empty_value", Permanent;
    /// The value is not JSON.
    POISON_NOT_JSON = "poison.not_json", Permanent;
    /// The value is JSON of another shape.
    POISON_WRONG_SCHEMA = "poison.wrong_schema", Permanent;
    /// The value is larger than this topic's messages may be.
    POISON_TOO_LARGE = "poison.too_large", Permanent;
    /// The key is not UTF-8.
    POISON_KEY_NOT_UTF8 = "poison.key_not_utf8", Permanent;
    /// The key of a stage's record is not an invoice id.
    POISON_BAD_KEY = "poison.bad_key", Permanent;

    /// The invoice id was used before with another URL.
    ADMISSION_ID_CONFLICT = "admission.id_conflict", Permanent;

    /// The handler panicked.
    ENGINE_PANICKED = "engine.panicked", Permanent;
    /// The client or the broker refused the stage's output, usually for its size.
    ENGINE_OUTPUT_REFUSED = "engine.output_refused", Permanent;
    /// The attempt did not end within its time limit.
    ENGINE_ATTEMPT_TIMEOUT = "engine.attempt_timeout", Transient;
    /// The partition went to another replica before an effect could be made; that replica repeats the attempt.
    ENGINE_LEASE_LOST = "engine.lease_lost", Transient;
    /// A consumer group has no committed offset and must not guess one.
    ENGINE_NO_OFFSET = "engine.no_offset", Unavailable;
    /// The invoice was on its way, and its record is gone with a topic that was deleted.
    ENGINE_RECORD_LOST = "engine.record_lost", Permanent;
    /// A committed offset was written by neither a service nor `invoicectl`.
    ENGINE_FOREIGN_OFFSET = "engine.foreign_offset", Unavailable;
    /// `invoicectl` holds a group's offsets while it rewrites the topics.
    ENGINE_OFFSETS_HELD = "engine.offsets_held", Unavailable;
    /// A topic does not reach the offset that a running service was at.
    ENGINE_OFFSET_OUT_OF_RANGE = "engine.offset_out_of_range", Unavailable;
    /// A topic that the service needs does not exist.
    ENGINE_TOPICS_MISSING = "engine.topics_missing", Unavailable;
    /// A topic has another number of partitions than the settings say.
    ENGINE_PARTITION_COUNT = "engine.partition_count", Unavailable;

    /// The brokers refuse the user or its password.
    KAFKA_LOG_IN_REFUSED = "kafka.log_in_refused", Unavailable;
    /// The brokers' certificate is not trusted, or one side does not speak TLS.
    KAFKA_TLS = "kafka.tls", Unavailable;
    /// An access rule is missing.
    KAFKA_NOT_AUTHORIZED = "kafka.not_authorized", Unavailable;

    FETCH_SCHEME_REFUSED = "fetch.scheme_refused", Permanent;
    FETCH_ADDRESS_REFUSED = "fetch.address_refused", Permanent;
    FETCH_DNS = "fetch.dns", Transient;
    FETCH_CONNECT = "fetch.connect", Transient;
    FETCH_TLS = "fetch.tls", Permanent;
    FETCH_TIMEOUT = "fetch.timeout", Transient;
    FETCH_INTERRUPTED = "fetch.interrupted", Transient;
    FETCH_TOO_MANY_REDIRECTS = "fetch.too_many_redirects", Permanent;
    FETCH_HTTP_401 = "fetch.http_401", Permanent;
    FETCH_HTTP_403 = "fetch.http_403", Permanent;
    FETCH_HTTP_404 = "fetch.http_404", Permanent;
    FETCH_HTTP_410 = "fetch.http_410", Permanent;
    FETCH_HTTP_STATUS = "fetch.http_status", Permanent;
    FETCH_RATE_LIMITED = "fetch.rate_limited", Transient;
    FETCH_SERVER_ERROR = "fetch.server_error", Transient;
    FETCH_TOO_LARGE = "fetch.too_large", Permanent;
    FETCH_NOT_PDF = "fetch.not_pdf", Permanent;
    FETCH_SAME_DOCUMENT = "fetch.same_document", Review;

    DOCUMENTS_UNAVAILABLE = "documents.unavailable", Unavailable;
    DOCUMENTS_MISSING = "documents.missing", Permanent;
    DOCUMENTS_DAMAGED = "documents.damaged", Permanent;

    EXTRACT_NO_TEXT = "extract.no_text", Review;
    EXTRACT_BROKEN_FONT = "extract.broken_font", Review;
    EXTRACT_PASSWORD = "extract.password", Permanent;
    EXTRACT_FAILED = "extract.failed", Permanent;
    EXTRACT_CRASHED = "extract.crashed", Permanent;
    EXTRACT_TIMEOUT = "extract.timeout", Permanent;
    EXTRACT_MEMORY = "extract.memory", Permanent;
    EXTRACT_TEXT_TRUNCATED = "extract.text_truncated", Review;

    LLM_OVERLOADED = "llm.overloaded", Unavailable;
    LLM_UNAVAILABLE = "llm.unavailable", Unavailable;
    LLM_CONNECT = "llm.connect", Unavailable;
    LLM_TIMEOUT = "llm.timeout", Unavailable;
    LLM_RATE_LIMITED = "llm.rate_limited", Transient;
    LLM_UNAUTHORIZED = "llm.unauthorized", Unavailable;
    LLM_BUDGET = "llm.budget", Unavailable;
    LLM_SPEND_LIMIT = "llm.spend_limit", Unavailable;
    LLM_BAD_REQUEST = "llm.bad_request", Permanent;
    LLM_TOO_LARGE = "llm.too_large", Permanent;
    LLM_BAD_RESPONSE = "llm.bad_response", Transient;
    LLM_REFUSED = "llm.refused", Review;
    LLM_ANSWER_TRUNCATED = "llm.answer_truncated", Permanent;
    LLM_NOT_JSON = "llm.not_json", Permanent;
    LLM_WRONG_SHAPE = "llm.wrong_shape", Permanent;

    CHECK_FIELD_MISSING = "check.field_missing", Review;
    CHECK_NOT_A_BILL = "check.not_a_bill", Review;
    CHECK_ARITHMETIC = "check.arithmetic", Review;
    CHECK_GSTIN = "check.gstin", Review;
    CHECK_DATE = "check.date", Review;
    CHECK_NOT_GROUNDED = "check.not_grounded", Review;
    CHECK_SCAN = "check.scan", Review;
    CHECK_NOT_OURS = "check.not_ours", Review;
    CHECK_OTHER_LABEL = "check.other_label", Review;
    CHECK_INSTRUCTIONS = "check.instructions", Review;
    CHECK_TAX_SPLIT = "check.tax_split", Review;
    CHECK_TAX_RATE = "check.tax_rate", Review;
    CHECK_NUMBER_SHAPE = "check.number_shape", Review;

    ZOHO_TOKEN_REFUSED = "zoho.token_refused", Unavailable;
    ZOHO_TOKEN_THROTTLED = "zoho.token_throttled", Unavailable;
    ZOHO_UNAUTHORIZED = "zoho.unauthorized", Unavailable;
    ZOHO_ORGANIZATION = "zoho.organization", Unavailable;
    ZOHO_RATE_LIMITED = "zoho.rate_limited", Transient;
    ZOHO_BUSY = "zoho.busy", Transient;
    ZOHO_DAILY_QUOTA = "zoho.daily_quota", Unavailable;
    ZOHO_UNAVAILABLE = "zoho.unavailable", Unavailable;
    ZOHO_CONNECT = "zoho.connect", Unavailable;
    ZOHO_TIMEOUT = "zoho.timeout", Unavailable;
    ZOHO_BAD_RESPONSE = "zoho.bad_response", Transient;
    ZOHO_BAD_REQUEST = "zoho.bad_request", Permanent;
    ZOHO_NOT_FOUND = "zoho.not_found", Permanent;
    ZOHO_SETUP = "zoho.setup", Permanent;
    ZOHO_VENDOR_AMBIGUOUS = "zoho.vendor_ambiguous", Review;
    ZOHO_ALREADY_BILLED = "zoho.already_billed", Review;
    ZOHO_NUMBER_TAKEN = "zoho.number_taken", Review;
    ZOHO_TOTAL_DIFFERS = "zoho.total_differs", Review;
    ZOHO_NOT_A_DRAFT = "zoho.not_a_draft", Review;
    ZOHO_NEEDS_APPROVAL = "zoho.needs_approval", Review;
    ZOHO_CANCELLED = "zoho.cancelled", Review;
    ZOHO_BANK_CHANGED = "zoho.bank_changed", Review;
    ZOHO_STATES_UNREAD = "zoho.states_unread", Unavailable;
    ZOHO_NEAR_DUPLICATE = "zoho.near_duplicate", Review;
    ZOHO_VENDOR_UNKNOWN = "zoho.vendor_unknown", Review;
    ZOHO_ACCOUNT_UNKNOWN = "zoho.account_unknown", Review;
    ZOHO_TAX_UNKNOWN = "zoho.tax_unknown", Review;
    ZOHO_UNBOOKED_TAX = "zoho.unbooked_tax", Review;
    ZOHO_REVERSE_CHARGE = "zoho.reverse_charge", Review;
    ZOHO_NUMBER_TOO_LONG = "zoho.number_too_long", Review;

    TALLY_CONNECT = "tally.connect", Unavailable;
    TALLY_UNAVAILABLE = "tally.unavailable", Unavailable;
    TALLY_BAD_RESPONSE = "tally.bad_response", Transient;
    TALLY_COMPANY = "tally.company", Unavailable;
    TALLY_SETUP = "tally.setup", Permanent;
    TALLY_DATE_REFUSED = "tally.date_refused", Transient;
    TALLY_REFUSED = "tally.refused", Permanent;
    TALLY_PARTY_AMBIGUOUS = "tally.party_ambiguous", Review;
    TALLY_PARTY_UNKNOWN = "tally.party_unknown", Review;
    TALLY_ACCOUNT_UNKNOWN = "tally.account_unknown", Review;
    TALLY_NUMBER_TAKEN = "tally.number_taken", Review;
    TALLY_TOTAL_DIFFERS = "tally.total_differs", Review;
    TALLY_UNSUPPORTED = "tally.unsupported", Review;

    FILES_UNAVAILABLE = "files.unavailable", Unavailable;
    FILES_DIFFERS = "files.differs", Review;

    // What the console's API answers. No invoice has one of these.
    API_BAD_REQUEST = "api.bad_request", Permanent;
    API_UNAUTHORIZED = "api.unauthorized", Permanent;
    API_FORBIDDEN = "api.forbidden", Permanent;
    API_CROSS_SITE = "api.cross_site", Permanent;
    API_NOT_FOUND = "api.not_found", Permanent;
    API_CONFLICT = "api.conflict", Permanent;
    API_ERASED = "api.erased", Permanent;
    API_TOO_LARGE = "api.too_large", Permanent;
    API_RATE_LIMITED = "api.rate_limited", Transient;
    API_UNAVAILABLE = "api.unavailable", Unavailable;
    API_INTERNAL = "api.internal", Transient;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
        let mut pages: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
            .filter(|name| name != "README")
            .collect();
        let mut codes: Vec<String> = CATALOGUE.iter().map(|(code, _)| code.to_string()).collect();
        pages.sort();
        codes.sort();
        assert_eq!(pages, codes);
    }

    #[test]
    fn a_code_is_two_lower_case_words_joined_by_a_dot() {
        for (code, _) in CATALOGUE {
            let (area, name) = code.as_str().split_once('.').unwrap();
            let plain = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            assert!(plain(area) && plain(name), "{code}");
        }
    }
}
