//! A fault as people write it, and the checks between that and one that can be carried out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;

/// The body of `POST /_sandbox/faults`, echoed by `GET`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRequest {
    /// Whose calls it may hit.
    pub endpoint: Endpoint,
    /// What goes wrong.
    pub kind: KindName,
    /// Before or after the effect of the call.
    #[serde(default)]
    pub when: When,
    /// HTTP status of kind `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Zoho's error code in the body of kind `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The error message in the body of kind `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Seconds in the `Retry-After` header of kind `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Milliseconds of kinds `delay`, `late_commit` and `list_lag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Field that kind `misread` changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What kind `misread` puts there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Only calls with this HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only calls whose path, query, `X-Invoice-Id` or body contain this.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Share of the matching calls that are hit, 0 to 1.
    #[serde(default = "every_call")]
    pub rate: f64,
    /// Hits after which the fault is spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Where the random decisions of `rate` start from.
    #[serde(default)]
    pub seed: u64,
}

/// The kinds by name; [`Kind`] says what each does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KindName {
    Status,
    Delay,
    Hang,
    Reset,
    LateCommit,
    ListLag,
    ExpireToken,
    Garbage,
    Refusal,
    MaxTokens,
    Misread,
}

/// Whether a fault strikes before the call has had its effect, or after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The call has no effect.
    #[default]
    Before,
    /// The effect stands; only the answer suffers.
    After,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// An error status in the upstream's own envelope.
    Status(StatusAnswer),
    /// The answer, or the effect too, comes late.
    Delay(Duration),
    /// The connection stays open and silent.
    Hang,
    /// The connection is reset.
    Reset,
    /// The connection is reset at once; the effect happens that much later. Writes only.
    LateCommit(Duration),
    /// What the call creates shows up in lists only that much later. Writes only.
    ListLag(Duration),
    /// All access tokens stop working.
    ExpireToken,
    /// Status 200 with a body that is not what was asked for.
    Garbage,
    /// The model answers otherwise than it should.
    Distort(Distort),
}

/// How the model's answer is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distort {
    /// `stop_reason: refusal`; from OpenAI's API a `refusal` in place of the content.
    Refusal,
    /// Cut in the middle, `stop_reason: max_tokens`; from OpenAI's API `finish_reason: length`.
    MaxTokens,
    /// One field holds something that is not in the document.
    Misread {
        /// Name of a top-level field.
        field: String,
        /// What it then holds.
        value: String,
    },
}

/// The parts of a scripted error answer; what is absent is filled in as the upstream would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusAnswer {
    /// HTTP status.
    pub status: u16,
    /// Zoho's code.
    pub code: Option<i64>,
    /// Error message.
    pub message: Option<String>,
    /// Seconds of `Retry-After`.
    pub retry_after: Option<u64>,
}

/// A checked fault.
#[derive(Debug, Clone)]
pub struct Fault {
    /// As it was written.
    pub request: FaultRequest,
    /// What it does.
    pub kind: Kind,
}

/// Why a fault cannot be carried out as written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ScriptError {
    /// The kind needs a field that is absent.
    #[error("a fault of this kind needs `{0}`")]
    Missing(&'static str),
    /// The field is out of range.
    #[error("`{0}` must be {1}")]
    OutOfRange(&'static str, &'static str),
    /// The kind means nothing at this endpoint.
    #[error("this kind of fault does not exist at endpoint `{0:?}`")]
    NotThere(Endpoint),
}

impl TryFrom<FaultRequest> for Fault {
    type Error = ScriptError;

    fn try_from(request: FaultRequest) -> Result<Self, ScriptError> {
        if !(0.0..=1.0).contains(&request.rate) {
            return Err(ScriptError::OutOfRange("rate", "between 0 and 1"));
        }
        let kind = kind(&request)?;
        if !kind.exists_at(request.endpoint) {
            return Err(ScriptError::NotThere(request.endpoint));
        }
        Ok(Self { request, kind })
    }
}

impl Kind {
    /// Kinds that only a call which changes something can suffer.
    pub(crate) fn only_writes(&self) -> bool {
        matches!(self, Self::LateCommit(_) | Self::ListLag(_))
    }

    fn exists_at(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::ListLag(_) => matches!(endpoint, Endpoint::Bills | Endpoint::Contacts),
            Self::LateCommit(_) => matches!(endpoint, Endpoint::Bills | Endpoint::Contacts | Endpoint::Attachments),
            Self::ExpireToken => endpoint.is_zoho() || endpoint == Endpoint::Token,
            Self::Distort(_) => endpoint == Endpoint::Llm,
            Self::Status(_) | Self::Delay(_) | Self::Hang | Self::Reset | Self::Garbage => true,
        }
    }
}

fn kind(request: &FaultRequest) -> Result<Kind, ScriptError> {
    let delay = || {
        let milliseconds = request.delay_ms.ok_or(ScriptError::Missing("delay_ms"))?;
        Ok(Duration::from_millis(milliseconds))
    };
    Ok(match request.kind {
        KindName::Status => Kind::Status(status_answer(request)?),
        KindName::Delay => Kind::Delay(delay()?),
        KindName::Hang => Kind::Hang,
        KindName::Reset => Kind::Reset,
        KindName::LateCommit => Kind::LateCommit(delay()?),
        KindName::ListLag => Kind::ListLag(delay()?),
        KindName::ExpireToken => Kind::ExpireToken,
        KindName::Garbage => Kind::Garbage,
        KindName::Refusal => Kind::Distort(Distort::Refusal),
        KindName::MaxTokens => Kind::Distort(Distort::MaxTokens),
        KindName::Misread => Kind::Distort(Distort::Misread {
            field: request.field.clone().ok_or(ScriptError::Missing("field"))?,
            value: request.value.clone().ok_or(ScriptError::Missing("value"))?,
        }),
    })
}

fn status_answer(request: &FaultRequest) -> Result<StatusAnswer, ScriptError> {
    let status = request.status.ok_or(ScriptError::Missing("status"))?;
    if !(200..=599).contains(&status) {
        return Err(ScriptError::OutOfRange("status", "between 200 and 599"));
    }
    Ok(StatusAnswer { status, code: request.code, message: request.message.clone(), retry_after: request.retry_after })
}

fn every_call() -> f64 {
    1.0
}
