//! A refused request: what is wrong with it, and where.

use serde_json::Value;

pub(super) type Checked<T> = Result<T, ApiError>;

/// A refused request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) message: String,
    /// The place in the request, as in `messages[0].content`.
    pub(super) param: Option<String>,
    pub(super) code: Option<&'static str>,
}

impl ApiError {
    /// Status 400, without a place or a code.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into(), param: None, code: None }
    }

    pub(super) fn no_key() -> Self {
        let message = "You didn't provide an API key. You need to provide your API key in an Authorization header \
                       using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
        Self { status: 401, ..Self::invalid(message) }.coded("invalid_api_key")
    }

    pub(super) fn no_such_model(name: &str) -> Self {
        let message = format!("The model `{name}` does not exist or you do not have access to it.");
        Self { status: 404, ..Self::invalid(message) }.coded("model_not_found")
    }

    pub(super) fn missing(param: &str) -> Self {
        let message = format!("Missing required parameter: '{param}'.");
        Self::invalid(message).at(param).coded("missing_required_parameter")
    }

    pub(super) fn unknown(param: &str) -> Self {
        Self::invalid(format!("Unknown parameter: '{param}'.")).at(param).coded("unknown_parameter")
    }

    pub(super) fn wrong_type(param: &str, expected: &str, value: &Value) -> Self {
        let message = format!("Invalid type for '{param}': expected {expected}, but got {} instead.", kind(value));
        Self::invalid(message).at(param).coded("invalid_type")
    }

    /// `value` is a JSON string, `supported` are the strings there may be.
    pub(super) fn wrong_value(param: &str, value: &str, supported: &str) -> Self {
        let message = format!("Invalid value: '{value}'. Supported values are: {supported}.");
        Self::invalid(message).at(param).coded("invalid_value")
    }

    pub(super) fn empty_array(param: &str) -> Self {
        let message = format!(
            "Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead."
        );
        Self::invalid(message).at(param).coded("empty_array")
    }

    pub(super) fn at(self, param: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    pub(super) fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
