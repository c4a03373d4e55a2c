//! A line of the report.

use contract::code;
use engine::StageError;
use serde::Serialize;
use std::fmt;

/// The longest text of Zoho's that is shown.
const MAX_WORDS: usize = 200;

/// How one item stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub verdict: Verdict,
    pub item: Item,
    /// What was found and, if it is wrong, what to do.
    pub message: String,
}

/// What is looked at, in the order in which it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    Credentials,
    Token,
    Scopes,
    Organisation,
    CallsPerDay,
    Bills,
    Vendors,
    Account,
    Charges,
    TaxesWithinState,
    TaxesAcrossStates,
    Currencies,
    VendorCredits,
    CallsPerMinute,
    TokenFile,
    Once,
}

/// Whether bills can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    /// Bills can be made, but not all of them, or with less certainty.
    Warning,
    /// No bill can be made.
    Error,
    /// Something before it is missing.
    Untried,
}

impl Item {
    /// What only Zoho can say.
    pub(super) const AT_ZOHO: [Self; 12] = [
        Self::Token,
        Self::Scopes,
        Self::Organisation,
        Self::CallsPerDay,
        Self::Bills,
        Self::Vendors,
        Self::Account,
        Self::Charges,
        Self::TaxesWithinState,
        Self::TaxesAcrossStates,
        Self::Currencies,
        Self::VendorCredits,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Token => "token",
            Self::Scopes => "scopes",
            Self::Organisation => "organisation",
            Self::CallsPerDay => "calls a day",
            Self::Bills => "bills",
            Self::Vendors => "vendors",
            Self::Account => "account",
            Self::Charges => "accounts of charges",
            Self::TaxesWithinState => "taxes within a state",
            Self::TaxesAcrossStates => "taxes across states",
            Self::Currencies => "currencies",
            Self::VendorCredits => "vendor credits",
            Self::CallsPerMinute => "calls a minute",
            Self::TokenFile => "token file",
            Self::Once => "once",
        }
    }
}

impl Finding {
    pub(super) fn new(item: Item, verdict: Verdict, message: impl Into<String>) -> Self {
        Self { verdict, item, message: message.into() }
    }

    pub(super) fn ok(item: Item, message: impl Into<String>) -> Self {
        Self::new(item, Verdict::Ok, message)
    }

    pub(super) fn warning(item: Item, message: impl Into<String>) -> Self {
        Self::new(item, Verdict::Warning, message)
    }

    pub(super) fn error(item: Item, message: impl Into<String>) -> Self {
        Self::new(item, Verdict::Error, message)
    }

    /// Zoho did not answer as hoped. That the organisation is not ours is said once, in its own line.
    pub(super) fn failed(item: Item, error: &StageError) -> Self {
        if error.code == code::ZOHO_ORGANIZATION {
            return Self::new(item, Verdict::Untried, "not tried without the organisation");
        }
        let said = words(error).map(|words| format!(": {words}")).unwrap_or_default();
        Self::error(item, format!("{error}{said} (docs/errors/{}.md)", error.code))
    }

    /// Whether it keeps all bills from being made.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.verdict == Verdict::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Error => "error",
            Verdict::Untried => "untried",
        };
        write!(f, "{verdict:<8} {}: {}", self.item.name(), self.message)
    }
}

/// What Zoho said itself.
pub(super) fn words(error: &StageError) -> Option<String> {
    let evidence: serde_json::Value = serde_json::from_str(error.evidence.as_ref()?.get()).ok()?;
    let said = evidence.as_str().or_else(|| evidence.get("message")?.as_str())?;
    Some(plain(said)).filter(|words| !words.is_empty())
}

/// Fit for a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(MAX_WORDS).collect()
}
