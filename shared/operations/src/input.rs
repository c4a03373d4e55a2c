//! Whether a stage takes an input; pure.

use crate::Refusal;
use contract::{Extracted, InvoiceId, Request, Stage, Structured};
use serde_json::value::RawValue;

/// An edited input must be one that the stage takes, of the same invoice.
///
/// # Errors
/// [`Refusal::WrongInput`], with the place and never with the content, or [`Refusal::OtherInvoice`].
pub fn check_input(stage: Stage, id: &InvoiceId, input: &RawValue) -> Result<(), Refusal> {
    let text = input.get();
    let named = match stage {
        Stage::FetchExtract => serde_json::from_str::<Request>(text).map(|request| request.invoice_id),
        Stage::LlmStructure => serde_json::from_str::<Extracted>(text).map(|extracted| Some(extracted.invoice_id)),
        Stage::PostToZoho => serde_json::from_str::<Structured>(text).map(|structured| Some(structured.invoice_id)),
    };
    match named.map_err(|error| wrong(stage, &error))? {
        Some(named) if named != *id => Err(Refusal::OtherInvoice { named, id: id.clone() }),
        _ => Ok(()),
    }
}

/// Serde's own sentence may quote a value, which is personal; the name of a missing field is not.
pub(crate) fn wrong(stage: Stage, error: &serde_json::Error) -> Refusal {
    let sentence = error.to_string();
    let what = match sentence.split(" at line").next() {
        Some(missing) if missing.starts_with("missing field") => missing,
        _ if error.is_data() => "a value is of another kind",
        _ => "it is not JSON",
    };
    Refusal::WrongInput { stage, problem: format!("{what} (line {}, column {})", error.line(), error.column()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stage: Stage, input: &str) -> Result<(), &'static str> {
        let input: Box<RawValue> = serde_json::from_str(input).unwrap();
        check_input(stage, &"A-1".parse().unwrap(), &input).map_err(|refusal| refusal.reason())
    }

    #[test]
    fn an_edited_input_is_of_the_stage_and_of_the_invoice() {
        assert_eq!(check(Stage::FetchExtract, r#"{"pdf_url":"https://h/a.pdf"}"#), Ok(()));
        assert_eq!(check(Stage::FetchExtract, r#"{"pdf_url":"https://h/a.pdf","invoice_id":"A-1"}"#), Ok(()));
        let other = r#"{"pdf_url":"https://h/a.pdf","invoice_id":"B-2"}"#;
        assert_eq!(check(Stage::FetchExtract, other), Err("other_invoice"));
        assert_eq!(check(Stage::FetchExtract, r#"{"url":"https://h/a.pdf"}"#), Err("wrong_input"));
        let document = format!(r#"{{"source":"s","sha256":"{}","bytes":1,"pages":1}}"#, "0".repeat(64));
        let extracted = &format!(r#"{{"invoice_id":"A-1","document":{document},"text":"t"}}"#);
        assert_eq!(check(Stage::LlmStructure, extracted), Ok(()));
        assert_eq!(check(Stage::PostToZoho, extracted), Err("wrong_input"));
    }

    #[test]
    fn what_is_wrong_is_said_without_what_stands_there() {
        let input: Box<RawValue> = serde_json::from_str(r#"{"pdf_url":{"Acme Secret":1}}"#).unwrap();
        let refusal = check_input(Stage::FetchExtract, &"A-1".parse().unwrap(), &input).unwrap_err();
        assert!(!refusal.to_string().contains("Acme"), "{refusal}");
    }
}
