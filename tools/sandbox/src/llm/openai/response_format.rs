//! What `response_format` asks for.

use serde_json::{Map, Value};

use super::{
    content::Conversation,
    error::{ApiError, Checked},
    model::Model,
    parameters::{given, refuse_unknown},
    schema,
};
use crate::llm::task::Form;

const LONGEST_NAME: usize = 64;

pub(super) fn form(body: &Map<String, Value>, model: &Model, conversation: &Conversation) -> Checked<Form> {
    let Some(format) = given(body, "response_format") else {
        return Ok(Form::Prose);
    };
    match &format["type"] {
        Value::Null => Err(ApiError::missing("response_format.type")),
        Value::String(kind) => match kind.as_str() {
            "text" => Ok(Form::Prose),
            "json_object" => json_object(conversation),
            "json_schema" => json_schema(format, model),
            other => {
                let supported = "'json_object', 'json_schema', and 'text'";
                Err(ApiError::wrong_value("response_format.type", other, supported))
            }
        },
        other => Err(ApiError::wrong_type("response_format.type", "a string", other)),
    }
}

/// Without the word, a model would write blanks until it runs out of room.
fn json_object(conversation: &Conversation) -> Checked<Form> {
    if conversation.mentions("json") {
        return Ok(Form::Json);
    }
    let message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type \
                   'json_object'.";
    Err(ApiError::invalid(message).at("messages"))
}

fn json_schema(format: &Value, model: &Model) -> Checked<Form> {
    if !model.takes_json_schema() {
        let message = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.";
        return Err(ApiError::invalid(message).at("response_format"));
    }
    let format = match &format["json_schema"] {
        Value::Object(format) => format,
        Value::Null => return Err(ApiError::missing("response_format.json_schema")),
        other => return Err(ApiError::wrong_type("response_format.json_schema", "an object", other)),
    };
    let known = ["name", "description", "schema", "strict"];
    refuse_unknown(format, "response_format.json_schema.", |name| known.contains(&name))?;
    let name = name(format)?;
    let strict = strict(format)?;
    let place = "response_format.json_schema.schema";
    match given(format, "schema") {
        None if strict => Err(ApiError::missing(place)),
        None => Ok(Form::Json),
        Some(schema) if !schema.is_object() => Err(ApiError::wrong_type(place, "an object", schema)),
        Some(schema) => {
            if strict {
                schema::check(schema).map_err(|problem| invalid_schema(name, &problem))?;
            }
            Ok(Form::Schema(schema.clone()))
        }
    }
}

fn invalid_schema(name: &str, problem: &str) -> ApiError {
    ApiError::invalid(format!("Invalid schema for response_format '{name}': {problem}")).at("response_format")
}

fn name(format: &Map<String, Value>) -> Checked<&str> {
    let place = "response_format.json_schema.name";
    let name = match given(format, "name") {
        Some(Value::String(name)) => name,
        Some(other) => return Err(ApiError::wrong_type(place, "a string", other)),
        None => return Err(ApiError::missing(place)),
    };
    let length = name.chars().count();
    if length > LONGEST_NAME {
        let message = format!(
            "Invalid '{place}': string too long. Expected a string with maximum length {LONGEST_NAME}, but got a \
             string with length {length} instead."
        );
        return Err(ApiError::invalid(message).at(place).coded("string_above_max_length"));
    }
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.is_empty() || !name.chars().all(is_allowed) {
        let message = format!(
            "Invalid '{place}': string does not match pattern. Expected a string that matches the pattern \
             '^[a-zA-Z0-9_-]+$'."
        );
        return Err(ApiError::invalid(message).at(place).coded("invalid_value"));
    }
    Ok(name)
}

fn strict(format: &Map<String, Value>) -> Checked<bool> {
    match given(format, "strict") {
        None => Ok(false),
        Some(Value::Bool(strict)) => Ok(*strict),
        Some(other) => Err(ApiError::wrong_type("response_format.json_schema.strict", "a boolean", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(format: &Value) -> Checked<Form> {
        let body = Map::from_iter([("response_format".to_owned(), format.clone())]);
        form(&body, &Model::parse("gpt-4o").unwrap(), &Conversation::default())
    }

    fn with(name: &str, value: Value) -> Value {
        let schema = json!({"type": "object", "additionalProperties": false, "properties": {}, "required": []});
        let mut format = json!({"type": "json_schema",
            "json_schema": {"name": "invoice", "strict": true, "schema": schema}});
        format["json_schema"][name] = value;
        format
    }

    #[test]
    fn an_open_schema_is_refused_only_if_it_is_to_be_strict() {
        let open = json!({"type": "object", "properties": {"total": {"type": "string"}}});
        let error = asked(&with("schema", open.clone())).unwrap_err();
        assert_eq!(
            error.message,
            "Invalid schema for response_format 'invoice': In context=(), 'additionalProperties' is required to be \
             supplied and to be false."
        );
        assert_eq!((error.param.as_deref(), error.code), (Some("response_format"), None));

        let mut loose = with("schema", open.clone());
        loose["json_schema"]["strict"] = json!(false);
        assert_eq!(asked(&loose), Ok(Form::Schema(open)));
    }

    #[test]
    fn a_format_that_is_none_is_refused_at_its_place() {
        let table = [
            (json!({}), "response_format.type"),
            (json!({"type": "xml"}), "response_format.type"),
            (json!({"type": "json_object"}), "messages"),
            (json!({"type": "json_schema"}), "response_format.json_schema"),
            (with("name", Value::Null), "response_format.json_schema.name"),
            (with("name", json!("an invoice")), "response_format.json_schema.name"),
            (with("name", json!("")), "response_format.json_schema.name"),
            (with("name", json!("n".repeat(65))), "response_format.json_schema.name"),
            (with("schema", Value::Null), "response_format.json_schema.schema"),
            (with("schema", json!("object")), "response_format.json_schema.schema"),
            (with("strict", json!("yes")), "response_format.json_schema.strict"),
            (with("type", json!("x")), "response_format.json_schema.type"),
        ];
        for (format, place) in table {
            let error = asked(&format).unwrap_err();
            assert_eq!((error.status, error.param.as_deref()), (400, Some(place)), "{format}");
        }
        assert!(asked(&with("name", json!("n".repeat(64)))).is_ok());
    }

    #[test]
    fn the_oldest_models_take_no_schema() {
        let body = Map::from_iter([("response_format".to_owned(), with("strict", json!(true)))]);
        let error = form(&body, &Model::parse("gpt-4-turbo").unwrap(), &Conversation::default()).unwrap_err();
        assert!(error.message.contains("'json_schema' is not supported"), "{}", error.message);
    }
}
