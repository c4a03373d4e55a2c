//! What a refusal of Zoho's means. Pure, and the one place that knows Zoho's numbers and words.

use super::field;

/// Why Zoho did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It took too long for Zoho itself.
    GaveUp,
    /// Zoho failed.
    ServerFault,
    /// The calls of the minute are used up.
    MinuteSpent,
    /// Too many calls at once.
    InProcess,
    /// The calls of the day are used up: so many, if Zoho says.
    DaySpent(Option<u32>),
    /// The user does not belong to the organisation.
    NotAMember,
    /// The token, its scopes or the user's role.
    Unauthorized,
    /// There is no API at this address.
    NoApi,
    /// What the call names is not there.
    Gone,
    /// The call's body did not arrive as JSON.
    Malformed,
    /// Something of that name or number is there already.
    Taken(Taken),
    /// A value has too many characters.
    TooLong { field: Option<&'static str>, limit: Option<u32> },
    /// A value that Zoho does not take.
    BadValue { field: Option<&'static str> },
    /// Something mandatory was not sent, or not in the right form.
    Incomplete,
    /// None of the above; Zoho has more reasons than it documents.
    Other,
    /// Not a status that Zoho gives.
    Strange,
}

/// What there may be one of only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    BillNumber,
    ContactName,
    ItemName,
    Other,
}

/// What became of what Zoho was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    /// None, as it or something like it is there already.
    There,
    Unknown,
}

impl Meaning {
    /// Zoho reuses its numbers, so the status goes first, then the words, then the number.
    pub(super) fn of(status: u16, code: Option<i64>, message: &str) -> Self {
        let said = message.to_ascii_lowercase();
        match status {
            408 => Self::GaveUp,
            429 => limit(&said, code),
            500.. => Self::ServerFault,
            _ if code == Some(6041) || said.contains("not associated with the company") => Self::NotAMember,
            401 | 403 => Self::Unauthorized,
            404 | 405 if matches!(code, None | Some(5)) => Self::NoApi,
            404 => Self::Gone,
            200..=299 | 400..=499 => of_request(&said, code),
            _ => Self::Strange,
        }
    }

    pub(super) fn effect(self) -> Effect {
        match self {
            Self::GaveUp | Self::ServerFault | Self::Strange => Effect::Unknown,
            Self::Taken(_) => Effect::There,
            Self::MinuteSpent
            | Self::InProcess
            | Self::DaySpent(_)
            | Self::NotAMember
            | Self::Unauthorized
            | Self::NoApi
            | Self::Gone
            | Self::Malformed
            | Self::TooLong { .. }
            | Self::BadValue { .. }
            | Self::Incomplete
            | Self::Other => Effect::None,
        }
    }
}

fn limit(said: &str, code: Option<i64>) -> Meaning {
    let per_minute = said.contains("per minute");
    if said.contains("in process") || (!per_minute && code == Some(1070)) {
        Meaning::InProcess
    } else if !per_minute && (said.contains("call rate limit") || said.contains("day") || code == Some(45)) {
        Meaning::DaySpent(field::number_after(said, "limit of "))
    } else {
        Meaning::MinuteSpent
    }
}

/// What is wrong with the call itself.
fn of_request(said: &str, code: Option<i64>) -> Meaning {
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    if code == Some(14) || says(&["passed for authtoken"]) {
        Meaning::Unauthorized
    } else if says(&["internal error"]) {
        Meaning::ServerFault
    } else if says(&["json is not well formed"]) || code == Some(1038) {
        Meaning::Malformed
    } else if says(&EXISTS) || matches!(code, Some(13011 | 3062)) {
        Meaning::Taken(taken(said, code))
    } else if says(&["has less than"]) || code == Some(15) {
        Meaning::TooLong { field: field::named(said), limit: field::number_after(said, "less than ") }
    } else if says(&["passed for "]) {
        Meaning::BadValue { field: field::named(said) }
    } else if says(&["mandatory"]) || code == Some(4) {
        Meaning::Incomplete
    } else if code == Some(2) {
        Meaning::BadValue { field: None }
    } else {
        Meaning::Other
    }
}

/// The number that Zoho gives a repeated bill number is not documented, so its words count.
const EXISTS: [&str; 5] =
    ["already exist", "already been created", "already been taken", "already been used", "already used"];

fn taken(said: &str, code: Option<i64>) -> Taken {
    match code {
        Some(3062) => Taken::ContactName,
        Some(13011) => Taken::BillNumber,
        _ if said.starts_with("item with the name") => Taken::ItemName,
        _ if said.contains("customer ") || said.contains("contact ") => Taken::ContactName,
        _ if said.contains("bill") => Taken::BillNumber,
        _ => Taken::Other,
    }
}
