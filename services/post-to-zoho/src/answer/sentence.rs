//! What an operator is told about a refusal: a code, a class, a wait, and a sentence that says what to do.
//!
//! A sentence never repeats Zoho's words, which may hold personal data; they stand in the dead letter's evidence.

use super::meaning::{Meaning, Taken};
use super::{Reply, unauthorized, unreadable};
use contract::code;
use engine::StageError;
use std::time::Duration;

/// The wait after the minute's calls of the organisation are used up.
const MINUTE: Duration = Duration::from_secs(60);
/// The wait for a place among the calls in process.
const MOMENT: Duration = Duration::from_secs(2);
/// The wait after the day's calls are used up: long enough to park the stage, which then asks again each hour.
const HOUR: Duration = Duration::from_secs(3600);

impl Meaning {
    pub(super) fn error(self, reply: &Reply, code: Option<i64>) -> StageError {
        let wait = |usual: Duration| reply.retry_after.or(Some(usual));
        match self {
            Self::GaveUp => StageError::unavailable(
                code::ZOHO_TIMEOUT,
                "Zoho Books gave up the call: the next attempt looks whether it took effect before it is made again",
            ),
            Self::ServerFault => StageError::unavailable(
                code::ZOHO_UNAVAILABLE,
                format!(
                    "Zoho Books failed (HTTP {}): the next attempt looks whether the call took effect; see Zoho's status page",
                    reply.status
                ),
            )
            .with_retry_after(reply.retry_after),
            Self::MinuteSpent => StageError::throttled(
                code::ZOHO_RATE_LIMITED,
                "the organisation's API calls of the minute are used up: the call is made again after a minute; if it \
                 goes on, lower zoho.calls_per_minute or slow other integrations down",
            )
            .with_retry_after(wait(MINUTE)),
            Self::InProcess => StageError::throttled(
                code::ZOHO_BUSY,
                "too many calls of the organisation are in process: the call is made again in a moment; if it goes on, \
                 lower stages.post_to_zoho.concurrency",
            )
            .with_retry_after(wait(MOMENT)),
            Self::DaySpent(limit) => {
                StageError::unavailable(code::ZOHO_DAILY_QUOTA, day_spent(limit)).with_retry_after(wait(HOUR))
            }
            Self::NotAMember => StageError::unavailable(
                code::ZOHO_ORGANIZATION,
                "the Zoho user does not belong to zoho.organization_id: correct the setting or the user's access",
            ),
            Self::Unauthorized => unauthorized(),
            Self::NoApi => StageError::unavailable(
                code::ZOHO_SETUP,
                "there is no Zoho Books API at zoho.api_url: correct the setting",
            ),
            Self::Gone => StageError::permanent(
                code::ZOHO_NOT_FOUND,
                "what the call names is not in Zoho Books: somebody has deleted it; replay the invoice, which looks anew",
            ),
            Self::Strange => unreadable(&format!("with HTTP {}", reply.status)),
            Self::Malformed
            | Self::Taken(_)
            | Self::TooLong { .. }
            | Self::BadValue { .. }
            | Self::Incomplete
            | Self::Other => StageError::permanent(code::ZOHO_BAD_REQUEST, self.of_request(reply.status, code)),
        }
    }

    /// What is wrong with what was sent.
    fn of_request(self, status: u16, code: Option<i64>) -> String {
        match self {
            Self::Malformed => {
                "Zoho Books could not read the call as JSON: something on the way has changed it, or this \
                                service has a defect; replay, and report it if it happens again"
                    .to_owned()
            }
            Self::Taken(what) => taken(what).to_owned(),
            Self::TooLong { field, limit } => too_long(field, limit),
            Self::BadValue { field: Some(field) } if field.ends_with("_id") => format!(
                "Zoho Books does not take the {field} that it listed before: it was deleted, merged or made inactive; the \
                 next attempt reads the lists anew"
            ),
            Self::BadValue { field: Some(field) } => format!(
                "Zoho Books does not take the value of {field}: correct it in the dead letter's input and replay with \
                 --input"
            ),
            Self::BadValue { field: None } => "Zoho Books does not take a value that its words in the evidence name: \
                                               correct it in the dead letter's input and replay with --input"
                .to_owned(),
            Self::Incomplete => "Zoho Books misses a field, usually a custom field that was made mandatory: make it \
                                 optional in Zoho Books and replay, or enter the bill by hand"
                .to_owned(),
            _ => {
                let number = code.map(|code| format!(", code {code}")).unwrap_or_default();
                format!(
                    "Zoho Books refused the call (HTTP {status}{number}): put right what its words in the evidence name, \
                     and replay"
                )
            }
        }
    }
}

fn day_spent(limit: Option<u32>) -> String {
    let limit = limit.map(|limit| format!("{limit} ")).unwrap_or_default();
    format!(
        "the organisation's {limit}API calls of the day are used up: posting waits for the end of Zoho's day, whose hour \
         Zoho does not document, asks each hour and goes on by itself; for more calls take a larger plan or ask Zoho's support"
    )
}

fn too_long(field: Option<&str>, limit: Option<u32>) -> String {
    let what = field.unwrap_or("the field that its words in the evidence name");
    let limit = limit.map(|limit| format!(": it takes fewer than {limit}")).unwrap_or_default();
    format!(
        "{what} has too many characters for Zoho Books{limit}; shorten it in the dead letter's input and replay with --input"
    )
}

const fn taken(what: Taken) -> &'static str {
    match what {
        Taken::BillNumber => {
            "the vendor has a bill of this number in this financial year: compare that bill with the PDF"
        }
        Taken::ContactName => {
            "a contact of the vendor's name is there already: give one of the two another name in Zoho Books and replay"
        }
        Taken::ItemName => "an item of this name is there already: rename one of the two in Zoho Books and replay",
        Taken::Other => {
            "something of a name or number that was sent is there already: put right what Zoho's words in the evidence \
             name, and replay"
        }
    }
}
