//! Finds the invoice in what the model wrote: plain JSON, JSON in a fence, or JSON between sentences.

use crate::printed::Printed;
use serde::de::IgnoredAny;

/// An answer that is no invoice. The problem names no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the model's answer is not JSON: {problem}")]
    NotJson { problem: String },
    #[error("the model's answer is JSON of another shape, at {place}")]
    WrongShape { place: String },
}

/// Reads an answer.
///
/// # Errors
/// When it holds no JSON, or JSON of another shape.
pub fn read(answer: &str) -> Result<Printed, Unreadable> {
    if let Ok(printed) = serde_json::from_str(answer) {
        return Ok(printed);
    }
    let json = [Some(answer.trim()), fenced(answer), braced(answer)]
        .into_iter()
        .flatten()
        .find(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
        .ok_or_else(|| not_json(answer))?;
    serde_json::from_str(json).map_err(|error| Unreadable::WrongShape { place: place(&error) })
}

/// The contents of the first fence.
fn fenced(answer: &str) -> Option<&str> {
    let (_, opened) = answer.split_once("```")?;
    let (_, block) = opened.split_once('\n')?;
    Some(block.split_once("```")?.0.trim())
}

/// From the first brace to the last.
fn braced(answer: &str) -> Option<&str> {
    answer.get(answer.find('{')?..=answer.rfind('}')?)
}

fn not_json(answer: &str) -> Unreadable {
    let problem = match serde_json::from_str::<IgnoredAny>(braced(answer).unwrap_or_default()) {
        Err(error) if error.is_syntax() => format!("it breaks at {}", place(&error)),
        _ => "no object in it is complete".to_owned(),
    };
    Unreadable::NotJson { problem }
}

fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printed::PrintedLine;

    fn invoice() -> Printed {
        let line = PrintedLine { amount: "1.50".into(), ..PrintedLine::default() };
        Printed { invoice_number: "KK/17".into(), lines: vec![line], ..Printed::default() }
    }

    #[test]
    fn an_invoice_is_found_however_it_is_wrapped() {
        let json = serde_json::to_string_pretty(&invoice()).unwrap();
        for answer in [
            json.clone(),
            format!("  {json}\n"),
            format!("```json\n{json}\n```"),
            format!("Here is the invoice:\n\n```\n{json}\n```\nAnything else?"),
            format!("Here it is: {json} as asked."),
        ] {
            assert_eq!(read(&answer).unwrap(), invoice(), "{answer}");
        }
    }

    #[test]
    fn what_is_no_json_and_what_is_other_json_are_told_apart() {
        let json = serde_json::to_string(&invoice()).unwrap();
        for answer in ["", "I cannot read this invoice.", "{", &json[..json.len() - 1], "```json\n{\"a\":}\n```"] {
            assert!(matches!(read(answer), Err(Unreadable::NotJson { .. })), "{answer}");
        }
        for answer in ["{}", "[]", "17", &json.replace("KK", "\\ud800"), &json.replace("\"KK/17\"", "[]")] {
            assert!(matches!(read(answer), Err(Unreadable::WrongShape { .. })), "{answer}");
        }
    }
}
