//! What can go wrong with a call: as people write it, and checked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::script::ScriptError;
use crate::endpoint::Endpoint;

/// One way of going wrong, as people write it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
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
}

/// The kinds by name; [`Kind`] says what each does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KindName {
    Status,
    Delay,
    Hang,
    Hold,
    Reset,
    LateCommit,
    ListLag,
    ExpireToken,
    ExpireOwnToken,
    Garbage,
    Refusal,
    MaxTokens,
    Misread,
    /// One of several, drawn for each call that is hit.
    OneOf,
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
    /// The call stands still until the fault is removed, and then goes on.
    Hold,
    /// The connection is reset.
    Reset,
    /// The connection is reset at once; the effect happens that much later. Writes only.
    LateCommit(Duration),
    /// What the call creates shows up in lists only that much later. Writes only.
    ListLag(Duration),
    /// Access tokens stop working.
    ExpireToken(Expiry),
    /// Status 200 with a body that is not what was asked for.
    Garbage,
    /// The model answers otherwise than it should.
    Distort(Distort),
}

/// Whose access tokens stop working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Everybody's.
    All,
    /// The one the call was made with.
    Own,
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

/// A checked effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Strike {
    /// Before or after the effect of the call.
    pub when: When,
    /// What goes wrong.
    pub kind: Kind,
}

impl Effect {
    /// What it does to calls of that endpoint.
    pub(super) fn at(&self, endpoint: Endpoint) -> Result<Strike, ScriptError> {
        let kind = self.checked_kind()?;
        if !kind.exists_at(endpoint) {
            return Err(ScriptError::NotThere(endpoint));
        }
        Ok(Strike { when: self.when, kind })
    }

    fn checked_kind(&self) -> Result<Kind, ScriptError> {
        Ok(match self.kind {
            KindName::Status => Kind::Status(self.status_answer()?),
            KindName::Delay => Kind::Delay(self.delay()?),
            KindName::Hang => Kind::Hang,
            KindName::Hold => Kind::Hold,
            KindName::Reset => Kind::Reset,
            KindName::LateCommit => Kind::LateCommit(self.delay()?),
            KindName::ListLag => Kind::ListLag(self.delay()?),
            KindName::ExpireToken => Kind::ExpireToken(Expiry::All),
            KindName::ExpireOwnToken => Kind::ExpireToken(Expiry::Own),
            KindName::Garbage => Kind::Garbage,
            KindName::Refusal => Kind::Distort(Distort::Refusal),
            KindName::MaxTokens => Kind::Distort(Distort::MaxTokens),
            KindName::Misread => Kind::Distort(Distort::Misread {
                field: self.field.clone().ok_or(ScriptError::Missing("field"))?,
                value: self.value.clone().ok_or(ScriptError::Missing("value"))?,
            }),
            KindName::OneOf => return Err(ScriptError::OutOfRange("of", "kinds other than `one_of`")),
        })
    }

    fn delay(&self) -> Result<Duration, ScriptError> {
        let milliseconds = self.delay_ms.ok_or(ScriptError::Missing("delay_ms"))?;
        Ok(Duration::from_millis(milliseconds))
    }

    fn status_answer(&self) -> Result<StatusAnswer, ScriptError> {
        let status = self.status.ok_or(ScriptError::Missing("status"))?;
        if !(200..=599).contains(&status) {
            return Err(ScriptError::OutOfRange("status", "between 200 and 599"));
        }
        Ok(StatusAnswer { status, code: self.code, message: self.message.clone(), retry_after: self.retry_after })
    }
}

impl Kind {
    /// Kinds that only a call which changes something can suffer.
    pub(super) fn only_writes(&self) -> bool {
        matches!(self, Self::LateCommit(_) | Self::ListLag(_))
    }

    fn exists_at(&self, endpoint: Endpoint) -> bool {
        let is_list = matches!(endpoint, Endpoint::Bills | Endpoint::Contacts | Endpoint::VendorCredits);
        match self {
            Self::ListLag(_) => is_list,
            Self::LateCommit(_) => is_list || endpoint == Endpoint::Attachments,
            Self::ExpireToken(Expiry::All) => endpoint.is_zoho() || endpoint == Endpoint::Token,
            Self::ExpireToken(Expiry::Own) => endpoint.is_zoho(),
            Self::Distort(_) => endpoint == Endpoint::Llm,
            Self::Status(_) | Self::Delay(_) | Self::Hang | Self::Hold | Self::Reset | Self::Garbage => true,
        }
    }
}
