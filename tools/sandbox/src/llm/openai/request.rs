//! Reading a request for a chat completion and refusing what the real API refuses.

use serde_json::{Map, Value};

use super::{
    capability, content,
    error::{ApiError, Checked},
    model::Model,
    parameters::{self, given},
    response_format,
};
use crate::llm::task::Task;

/// The checks run in the real API's order, as far as it is known: of two mistakes, a client is told the same first one.
pub(super) fn parse(body: &[u8]) -> Checked<Task> {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Err(ApiError::invalid(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP \
             library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
        ));
    };
    let model = model(&body)?;
    let messages = body.get("messages").ok_or_else(|| ApiError::missing("messages"))?;
    parameters::check(&body)?;
    let conversation = content::read(messages)?;
    capability::refuse(&body, &model)?;
    Ok(Task {
        input_chars: conversation.chars(),
        form: response_format::form(&body, &model, &conversation)?,
        material: conversation.material,
        max_tokens: max_tokens(&body),
        thinks: thinks(&body, &model),
        model: model.name,
    })
}

fn model(body: &Map<String, Value>) -> Checked<Model> {
    match given(body, "model") {
        None => Err(ApiError::invalid("you must provide a model parameter")),
        Some(Value::String(name)) => Model::parse(name).ok_or_else(|| ApiError::no_such_model(name)),
        Some(other) => Err(ApiError::wrong_type("model", "a string", other)),
    }
}

fn max_tokens(body: &Map<String, Value>) -> Option<u64> {
    let limit = given(body, "max_completion_tokens").or_else(|| given(body, "max_tokens"));
    limit.and_then(Value::as_u64)
}

fn thinks(body: &Map<String, Value>, model: &Model) -> bool {
    let effort = given(body, "reasoning_effort").and_then(Value::as_str);
    model.reasons() && !matches!(effort, Some("none" | "minimal"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(body: &Value) -> (u16, Option<String>) {
        let error = parse(body.to_string().as_bytes()).unwrap_err();
        (error.status, error.param)
    }

    #[test]
    fn a_request_needs_a_model_and_messages() {
        let messages = json!([{"role": "user", "content": "Total: 1.00"}]);
        assert_eq!(refusal(&json!({"messages": messages})), (400, None));
        assert_eq!(refusal(&json!({"model": "claude-sonnet-5", "messages": messages})), (404, None));
        assert_eq!(refusal(&json!({"model": "gpt-4o"})), (400, Some("messages".to_owned())));
        assert_eq!(refusal(&json!({"model": 4, "messages": messages})), (400, Some("model".to_owned())));
        assert_eq!(parse(b"{").unwrap_err().status, 400);
        assert_eq!(parse(b"[]").unwrap_err().status, 400);
    }

    #[test]
    fn a_model_thinks_unless_it_cannot_or_need_not() {
        let thinks = |model: &str, effort: &str| {
            let messages = json!([{"role": "user", "content": "x"}]);
            let mut body = json!({"model": model, "messages": messages});
            if !effort.is_empty() {
                body["reasoning_effort"] = json!(effort);
            }
            parse(body.to_string().as_bytes()).unwrap().thinks
        };
        assert!(thinks("gpt-5-mini", ""));
        assert!(thinks("o3", "low"));
        assert!(!thinks("gpt-5-mini", "minimal"));
        assert!(!thinks("gpt-4o", ""));
    }
}
