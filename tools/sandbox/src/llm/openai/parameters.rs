//! The parameters of a request: which there are, of what type each is, and within which bounds. `null` is as good as
//! absent.

use serde_json::{Map, Value};

use super::error::{ApiError, Checked};

/// What a parameter may be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Checked elsewhere, or not at all.
    Any,
    Boolean,
    Text,
    Object,
    /// From this value on.
    Integer(i64),
    /// Between these values.
    Decimal(f64, f64),
}

/// In the order in which mistakes are reported.
const KNOWN: &[(&str, Kind)] = &[
    ("frequency_penalty", Kind::Decimal(-2.0, 2.0)),
    ("function_call", Kind::Any),
    ("functions", Kind::Any),
    ("logit_bias", Kind::Object),
    ("logprobs", Kind::Boolean),
    ("max_completion_tokens", Kind::Integer(1)),
    ("max_tokens", Kind::Integer(1)),
    ("messages", Kind::Any),
    ("metadata", Kind::Object),
    ("model", Kind::Any),
    ("moderation", Kind::Object),
    ("n", Kind::Integer(1)),
    ("parallel_tool_calls", Kind::Boolean),
    ("prediction", Kind::Object),
    ("presence_penalty", Kind::Decimal(-2.0, 2.0)),
    ("prompt_cache_key", Kind::Text),
    ("prompt_cache_options", Kind::Object),
    ("prompt_cache_retention", Kind::Text),
    ("reasoning_effort", Kind::Any),
    ("response_format", Kind::Object),
    ("safety_identifier", Kind::Text),
    ("seed", Kind::Integer(i64::MIN)),
    ("service_tier", Kind::Text),
    ("stop", Kind::Any),
    ("store", Kind::Boolean),
    ("stream", Kind::Boolean),
    ("stream_options", Kind::Object),
    ("temperature", Kind::Decimal(0.0, 2.0)),
    ("tool_choice", Kind::Any),
    ("tools", Kind::Any),
    ("top_logprobs", Kind::Integer(0)),
    ("top_p", Kind::Decimal(0.0, 1.0)),
    ("user", Kind::Text),
    ("verbosity", Kind::Text),
];

/// The value of a parameter that is neither absent nor `null`.
pub(super) fn given<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

/// Refuses unknown parameters first, then wrong ones.
pub(super) fn check(body: &Map<String, Value>) -> Checked<()> {
    refuse_unknown(body, "", |name| KNOWN.iter().any(|(known, _)| *known == name))?;
    for (name, kind) in KNOWN {
        if let Some(value) = given(body, name) {
            kind.check(name, value)?;
        }
    }
    Ok(())
}

/// Refuses the first member of an object that is not known; `place` leads to the object.
pub(super) fn refuse_unknown(object: &Map<String, Value>, place: &str, is_known: impl Fn(&str) -> bool) -> Checked<()> {
    match object.keys().find(|name| !is_known(name.as_str())) {
        Some(name) => Err(ApiError::unknown(&format!("{place}{name}"))),
        None => Ok(()),
    }
}

impl Kind {
    fn check(self, name: &str, value: &Value) -> Checked<()> {
        let (fits, expected) = match self {
            Self::Any => (true, "anything"),
            Self::Boolean => (value.is_boolean(), "a boolean"),
            Self::Text => (value.is_string(), "a string"),
            Self::Object => (value.is_object(), "an object"),
            Self::Integer(_) => (value.is_i64() || value.is_u64(), "an integer"),
            Self::Decimal(..) => (value.is_number(), "a decimal"),
        };
        if !fits {
            return Err(ApiError::wrong_type(name, expected, value));
        }
        match (self, value.as_i64(), value.as_f64()) {
            (Self::Integer(least), Some(number), _) if number < least => {
                Err(outside(name, INTEGER_BELOW, &least.to_string(), value))
            }
            (Self::Decimal(least, _), _, Some(number)) if number < least => {
                Err(outside(name, DECIMAL_BELOW, &least.to_string(), value))
            }
            (Self::Decimal(_, most), _, Some(number)) if number > most => {
                Err(outside(name, DECIMAL_ABOVE, &most.to_string(), value))
            }
            _ => Ok(()),
        }
    }
}

/// What is wrong with a value that is out of bounds, how it should compare, and the code for it.
type Mistake = (&'static str, &'static str, &'static str);

const INTEGER_BELOW: Mistake = ("integer below minimum value", ">=", "integer_below_min_value");
const DECIMAL_BELOW: Mistake = ("decimal below minimum value", ">=", "decimal_below_min_value");
const DECIMAL_ABOVE: Mistake = ("decimal above maximum value", "<=", "decimal_above_max_value");

fn outside(name: &str, (words, sign, code): Mistake, bound: &str, value: &Value) -> ApiError {
    let message = format!("Invalid '{name}': {words}. Expected a value {sign} {bound}, but got {value} instead.");
    ApiError::invalid(message).at(name).coded(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(name: &str, value: Value) -> ApiError {
        check(&Map::from_iter([(name.to_owned(), value)])).unwrap_err()
    }

    #[test]
    fn a_wrong_parameter_is_refused_in_the_words_of_the_real_api() {
        for (name, value, code, message) in [
            ("thinking", json!({}), "unknown_parameter", "Unknown parameter: 'thinking'."),
            ("n", json!("2"), "invalid_type", "Invalid type for 'n': expected an integer, but got a string instead."),
            (
                "seed",
                json!(1.5),
                "invalid_type",
                "Invalid type for 'seed': expected an integer, but got a decimal number instead.",
            ),
            (
                "temperature",
                json!(3),
                "decimal_above_max_value",
                "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
            ),
            (
                "max_tokens",
                json!(0),
                "integer_below_min_value",
                "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
            ),
        ] {
            let error = refusal(name, value);
            assert_eq!((error.message.as_str(), error.code), (message, Some(code)));
            assert_eq!(error.param.as_deref(), Some(name));
        }
    }

    #[test]
    fn null_is_as_good_as_absent() {
        let body: Map<_, _> = KNOWN.iter().map(|(name, _)| ((*name).to_owned(), Value::Null)).collect();
        assert_eq!(check(&body), Ok(()));
    }
}
