//! What `invoices.fetch-extract` takes: a request to process an invoice, or a command about one that has ended.
//!
//! Commands go through the same partition as requests, so that one reader in offset order decides which of two
//! replays, or of a replay and a resubmission, starts the next run.

use crate::{Code, Coordinates, InvoiceId, Stage, code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The largest request, in bytes: a URL and an id do not need more.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// Asks for one invoice. `{"pdf_url":"https://…"}` is a whole request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// An absolute http(s) URL of a PDF, or `store:` and the content hash of one that is in the document store. A URL's
    /// query is treated as a credential and never shown.
    pub pdf_url: String,
    /// The publisher's own id; without it, the id is derived from the canonical URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<InvoiceId>,
    /// Somebody has looked: it is another invoice although the same PDF came before under another id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_same_document: bool,
    /// Who asks, for rules such as that nobody approves what they have submitted themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_by: Option<String>,
}

impl Request {
    /// Asks for the invoice at a URL; its id is made from the URL.
    #[must_use]
    pub const fn of(pdf_url: String) -> Self {
        Self { pdf_url, invoice_id: None, accept_same_document: false, submitted_by: None }
    }

    /// Under an id of the publisher's.
    #[must_use]
    pub fn named(self, invoice_id: impl Into<Option<InvoiceId>>) -> Self {
        Self { invoice_id: invoice_id.into(), ..self }
    }
}

/// Says what is to be done about an invoice whose run has ended.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    pub command: CommandKind,
    pub invoice_id: InvoiceId,
    /// The run that must be the latest, or the command is stale.
    pub run: u32,
    /// The dead letter that it is about; none for what ended without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<Coordinates>,
    /// Who asked, for the history.
    pub actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The kinds of command.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    /// Starts the next run at `stage` with `input`, the stage's input as the dead letter kept it or as edited.
    Replay { stage: Stage, input: Box<RawValue> },
    /// Closes the dead letter: nothing will run.
    Discard,
    /// Takes the personal data out of the state of an invoice that has ended, in whatever way. The id stays taken.
    Erase,
}

/// A readable record of `invoices.fetch-extract`.
#[derive(Debug, Clone)]
pub enum Submission {
    Request(Request),
    Command(Box<Command>),
}

impl Submission {
    /// # Errors
    /// The poison code and a sentence, without any of the value's content.
    pub fn decode(value: &[u8], max_command_bytes: usize) -> Result<Self, (Code, String)> {
        if value.is_empty() {
            return Err((code::POISON_EMPTY_VALUE, "the value is empty".to_owned()));
        }
        if value.len() > max_command_bytes {
            return Err(too_large(value.len(), max_command_bytes));
        }
        let probe: Probe = decode_json(value)?;
        if probe.command.is_some() {
            return decode_json(value).map(|command| Self::Command(Box::new(command)));
        }
        if value.len() > MAX_REQUEST_BYTES {
            return Err(too_large(value.len(), MAX_REQUEST_BYTES));
        }
        decode_json(value).map(Self::Request)
    }
}

#[derive(Deserialize)]
struct Probe {
    command: Option<serde::de::IgnoredAny>,
}

/// Decodes a JSON value of a known shape, telling text that is not JSON from JSON of another shape.
///
/// # Errors
/// The poison code and where in the value it went wrong; none of the value's content.
pub fn decode_json<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Result<T, (Code, String)> {
    // Serde would also take an array for a message, field by field.
    let is_object = value.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let error = match serde_json::from_slice(value) {
        Ok(message) if is_object => return Ok(message),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok();
    let place = error.map_or_else(String::new, |error| format!(" (line {}, column {})", error.line(), error.column()));
    if is_json {
        Err((code::POISON_WRONG_SCHEMA, format!("the JSON has another shape than the schema says{place}")))
    } else {
        Err((code::POISON_NOT_JSON, format!("the value is not JSON{place}")))
    }
}

fn too_large(bytes: usize, limit: usize) -> (Code, String) {
    (code::POISON_TOO_LARGE, format!("the value has {bytes} bytes, {limit} are allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1_000_000;

    fn refused(value: &[u8]) -> Code {
        Submission::decode(value, LIMIT).unwrap_err().0
    }

    #[test]
    fn the_smallest_request_is_a_url() {
        let Ok(Submission::Request(request)) = Submission::decode(br#"{"pdf_url":"https://h/a.pdf"}"#, LIMIT) else {
            panic!("not a request");
        };
        assert_eq!((request.pdf_url.as_str(), request.invoice_id), ("https://h/a.pdf", None));
    }

    #[test]
    fn a_later_publishers_extra_fields_are_no_obstacle() {
        assert!(Submission::decode(br#"{"pdf_url":"https://h/a.pdf","priority":3}"#, LIMIT).is_ok());
    }

    #[test]
    fn what_cannot_be_read_has_a_code() {
        assert_eq!(refused(b""), code::POISON_EMPTY_VALUE);
        assert_eq!(refused(b"\xff\xfe"), code::POISON_NOT_JSON);
        assert_eq!(refused(b"{\"pdf_url\":"), code::POISON_NOT_JSON);
        assert_eq!(refused(b"[1,2]"), code::POISON_WRONG_SCHEMA);
        assert_eq!(refused(br#"["https://h/a.pdf"]"#), code::POISON_WRONG_SCHEMA);
        assert_eq!(refused(b"{\"url\":\"https://h/a.pdf\"}"), code::POISON_WRONG_SCHEMA);
        assert_eq!(refused(b"{\"pdf_url\":\"https://h\",\"invoice_id\":\"a b\"}"), code::POISON_WRONG_SCHEMA);
        let large = format!("{{\"pdf_url\":\"https://h/{}\"}}", "a".repeat(MAX_REQUEST_BYTES));
        assert_eq!(refused(large.as_bytes()), code::POISON_TOO_LARGE);
    }

    #[test]
    fn a_command_keeps_its_input_byte_for_byte() {
        let value = br#"{"command":{"replay":{"stage":"llm-structure","input":{"b": 1, "a":"\u00e9"}}},
            "invoice_id":"i","run":1,"dead_letter":{"topic":"t","partition":0,"offset":7},"actor":"me"}"#;
        let Ok(Submission::Command(command)) = Submission::decode(value, LIMIT) else { panic!("not a command") };
        let CommandKind::Replay { input, stage } = command.command else { panic!("not a replay") };
        assert_eq!((input.get(), stage), (r#"{"b": 1, "a":"\u00e9"}"#, Stage::LlmStructure));
        assert_eq!(command.dead_letter.map(|at| at.offset), Some(7));
    }

    #[test]
    fn an_erasure_needs_no_dead_letter() {
        let value = br#"{"command":"erase","invoice_id":"i","run":1,"actor":"me","reason":"asked for"}"#;
        let Ok(Submission::Command(command)) = Submission::decode(value, LIMIT) else { panic!("not a command") };
        assert!(matches!(command.command, CommandKind::Erase) && command.dead_letter.is_none());
        assert!(!serde_json::to_string(&command).unwrap().contains("dead_letter"));
    }
}
