//! Parameters that exist, but that this model refuses, that contradict each other, or that the sandbox does nothing
//! with: to accept those in silence would be to answer otherwise than the real API.

use serde_json::{Map, Value};

use super::{
    error::{ApiError, Checked},
    model::Model,
    parameters::given,
};

/// Refused by models that think, whatever their value.
const NOT_WHILE_REASONING: &[&str] = &["stop", "logit_bias", "prediction", "top_logprobs"];

/// Refused by models that think, unless they have their default value.
const ONLY_BY_DEFAULT: &[(&str, f64)] = &[("top_p", 1.0), ("presence_penalty", 0.0), ("frequency_penalty", 0.0)];

const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];

pub(super) fn refuse(body: &Map<String, Value>, model: &Model) -> Checked<()> {
    refuse_contradictions(body)?;
    if model.reasons() {
        refuse_while_reasoning(body)?;
    } else if given(body, "reasoning_effort").is_some() {
        return Err(ApiError::invalid("Unrecognized request argument supplied: reasoning_effort"));
    }
    refuse_undone(body)
}

fn refuse_contradictions(body: &Map<String, Value>) -> Checked<()> {
    if given(body, "max_tokens").is_some() && given(body, "max_completion_tokens").is_some() {
        let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
        return Err(ApiError::invalid(message).at("max_tokens").coded("invalid_parameter_combination"));
    }
    if given(body, "top_logprobs").is_some() && !is_on(body, "logprobs") {
        let message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.";
        return Err(ApiError::invalid(message).at("top_logprobs"));
    }
    if given(body, "stream_options").is_some() && !is_on(body, "stream") {
        let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(ApiError::invalid(message).at("stream_options"));
    }
    if given(body, "tool_choice").is_some() && given(body, "tools").is_none() {
        let message = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.";
        return Err(ApiError::invalid(message).at("tool_choice"));
    }
    Ok(())
}

fn refuse_while_reasoning(body: &Map<String, Value>) -> Checked<()> {
    if given(body, "max_tokens").is_some() {
        let error = unsupported("max_tokens");
        let message = format!("{} Use 'max_completion_tokens' instead.", error.message);
        return Err(ApiError { message, ..error });
    }
    if let Some(name) = NOT_WHILE_REASONING.iter().find(|name| given(body, name).is_some()) {
        return Err(unsupported(name));
    }
    for &(name, default) in ONLY_BY_DEFAULT {
        if moved(body, name, default).is_some() {
            return Err(unsupported(name));
        }
    }
    if is_on(body, "logprobs") {
        return Err(unsupported("logprobs"));
    }
    if let Some(value) = moved(body, "temperature", 1.0) {
        let message = format!(
            "Unsupported value: 'temperature' does not support {value} with this model. Only the default (1) value is \
             supported."
        );
        return Err(ApiError::invalid(message).at("temperature").coded("unsupported_value"));
    }
    refuse_effort(body)
}

fn refuse_effort(body: &Map<String, Value>) -> Checked<()> {
    match given(body, "reasoning_effort") {
        Some(effort) if !EFFORTS.iter().any(|known| effort == known) => {
            let effort = effort.as_str().map_or_else(|| effort.to_string(), |effort| format!("'{effort}'"));
            let message = format!("Unsupported value: 'reasoning_effort' does not support {effort} with this model.");
            Err(ApiError::invalid(message).at("reasoning_effort").coded("unsupported_value"))
        }
        _ => Ok(()),
    }
}

fn refuse_undone(body: &Map<String, Value>) -> Checked<()> {
    let is_filled = |name| given(body, name).is_some_and(|value| *value != Value::Array(Vec::new()));
    let table = [
        ("stream", is_on(body, "stream"), "the sandbox does not stream"),
        ("n", given(body, "n").is_some_and(|n| n.as_u64() != Some(1)), "the sandbox gives one choice"),
        ("tools", is_filled("tools"), "the sandbox uses no tools"),
        ("functions", is_filled("functions"), "the sandbox uses no tools"),
        ("stop", is_filled("stop"), "the sandbox knows no stop sequences"),
        ("logprobs", is_on(body, "logprobs"), "the sandbox gives no probabilities"),
    ];
    match table.into_iter().find(|(_, asked, _)| *asked) {
        Some((name, _, words)) => Err(ApiError::invalid(format!("{name}: {words}")).at(name)),
        None => Ok(()),
    }
}

/// The value of a parameter that is given, but not with its default value.
fn moved<'a>(body: &'a Map<String, Value>, name: &str, default: f64) -> Option<&'a Value> {
    given(body, name).filter(|value| value.as_f64() != Some(default))
}

fn is_on(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name) == Some(&Value::Bool(true))
}

fn unsupported(name: &str) -> ApiError {
    let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
    ApiError::invalid(message).at(name).coded("unsupported_parameter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(model: &str, body: &Value) -> Result<(), String> {
        let model = Model::parse(model).unwrap();
        refuse(body.as_object().unwrap(), &model).map_err(|error| error.message)
    }

    #[test]
    fn a_model_that_thinks_wants_the_newer_limit_and_no_sampling() {
        let table = [
            (
                json!({"max_tokens": 9}),
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' \
                 instead.",
            ),
            (
                json!({"temperature": 0}),
                "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is \
                 supported.",
            ),
            (json!({"top_p": 0.5}), "Unsupported parameter: 'top_p' is not supported with this model."),
            (json!({"stop": "x"}), "Unsupported parameter: 'stop' is not supported with this model."),
        ];
        for (body, message) in table {
            for model in ["gpt-5", "o1-mini", "o3", "o4-mini"] {
                assert_eq!(verdict(model, &body), Err(message.to_owned()), "{model}");
            }
        }
        let allowed = json!({"max_completion_tokens": 9, "temperature": 1, "top_p": 1.0, "reasoning_effort": "low"});
        assert_eq!(verdict("gpt-5-mini", &allowed), Ok(()));
    }

    #[test]
    fn an_older_model_takes_either_limit_but_not_both() {
        assert_eq!(verdict("gpt-4o", &json!({"max_tokens": 9, "temperature": 0})), Ok(()));
        assert_eq!(verdict("gpt-4o", &json!({"max_completion_tokens": 9})), Ok(()));
        let both = json!({"max_tokens": 9, "max_completion_tokens": 9});
        for model in ["gpt-4o", "gpt-5"] {
            assert!(verdict(model, &both).unwrap_err().contains("at the same time"), "{model}");
        }
        assert!(verdict("gpt-4o", &json!({"reasoning_effort": "low"})).unwrap_err().contains("Unrecognized"));
    }

    #[test]
    fn what_the_sandbox_does_not_do_is_refused() {
        for body in [
            json!({"stream": true}),
            json!({"n": 2}),
            json!({"tools": [{"type": "function", "function": {"name": "f"}}]}),
            json!({"stop": ["x"]}),
            json!({"logprobs": true}),
        ] {
            assert!(verdict("gpt-4o", &body).unwrap_err().contains("the sandbox"), "{body}");
        }
        assert_eq!(verdict("gpt-4o", &json!({"stream": false, "n": 1, "tools": []})), Ok(()));
    }
}
