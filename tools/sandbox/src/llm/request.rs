//! Reading a Messages request and refusing what the real API refuses.

use serde_json::{Map, Value};

use super::{content, error::ApiError, model::Model, rules, scan, schema, version::Version};
use samples::Invoice;

/// An accepted request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) model: Model,
    pub(super) max_tokens: u64,
    /// Text of the user's content blocks.
    pub(super) user_text: String,
    /// What is drawn on a PDF among them.
    pub(super) scan: Option<Invoice>,
    /// Characters of everything that is billed as input.
    pub(super) input_chars: usize,
    /// Schema of `output_config.format`, if the answer must follow one.
    pub(super) schema: Option<Value>,
    /// Whether the answer begins with a thinking block.
    pub(super) thinks: bool,
}

pub(super) type Checked<T> = Result<T, ApiError>;

impl Request {
    pub(super) fn parse(body: &[u8], version: Version) -> Checked<Self> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| ApiError::invalid(format!("The request body is not valid JSON: {error}")))?;
        let Value::Object(body) = body else {
            return Err(ApiError::invalid("Input should be an object"));
        };
        let model = model(&body)?;
        let max_tokens = max_tokens(&body)?;
        let messages = messages(&body)?;
        rules::refuse(&body, messages, &model, version)?;
        let user_text = content::user_text(messages)?;
        Ok(Self {
            max_tokens,
            input_chars: user_text.len() + content::system_chars(&body),
            schema: output_schema(&body)?,
            thinks: thinks(&body, &model)?,
            scan: scan::shown(messages)?,
            user_text,
            model,
        })
    }

    /// What a faultless reader finds in it.
    pub(super) fn invoice(&self) -> Invoice {
        self.scan.clone().unwrap_or_else(|| samples::reader::read(self.document()))
    }

    /// The untrusted part: what stands between the tags, or the whole text without them.
    fn document(&self) -> &str {
        let text = self.user_text.as_str();
        let inside = text.split_once("<invoice_text>").map(|(_, rest)| rest);
        let inside = inside.and_then(|rest| rest.rsplit_once("</invoice_text>"));
        inside.map_or(text, |(document, _)| document)
    }
}

fn model(body: &Map<String, Value>) -> Checked<Model> {
    let name = required(body, "model")?;
    let name = name.as_str().ok_or_else(|| ApiError::invalid("model: Input should be a valid string"))?;
    Model::parse(name).ok_or_else(|| ApiError::not_found(format!("model: {name}")))
}

fn max_tokens(body: &Map<String, Value>) -> Checked<u64> {
    let value = required(body, "max_tokens")?;
    match value.as_u64() {
        Some(0) => Err(ApiError::invalid("max_tokens: Input should be greater than or equal to 1")),
        Some(tokens) => Ok(tokens),
        None => Err(ApiError::invalid("max_tokens: Input should be a valid integer")),
    }
}

fn messages(body: &Map<String, Value>) -> Checked<&[Value]> {
    match required(body, "messages")?.as_array().map(Vec::as_slice) {
        None => Err(ApiError::invalid("messages: Input should be a valid list")),
        Some([]) => Err(ApiError::invalid("messages: at least one message is required")),
        Some(messages) => Ok(messages),
    }
}

fn thinks(body: &Map<String, Value>, model: &Model) -> Checked<bool> {
    let kind = body.get("thinking").and_then(|thinking| thinking["type"].as_str());
    match kind {
        Some("enabled") if model.is_fifth_generation() => {
            Err(ApiError::invalid("thinking: `type: enabled` with `budget_tokens` is not supported for this model."))
        }
        Some("enabled") => Ok(true),
        Some("disabled") => Ok(model.always_thinks()),
        _ => Ok(model.is_fifth_generation()),
    }
}

fn output_schema(body: &Map<String, Value>) -> Checked<Option<Value>> {
    let Some(format) = body.get("output_config").and_then(|config| config.get("format")) else {
        return Ok(None);
    };
    if format["type"] != "json_schema" {
        return Err(ApiError::invalid("output_config.format.type: Input should be 'json_schema'"));
    }
    let schema = format.get("schema").filter(|schema| schema.is_object());
    let schema = schema.ok_or_else(|| ApiError::invalid("output_config.format.schema: Field required"))?;
    schema::check(schema).map_err(|problem| ApiError::invalid(format!("output_config.format.schema: {problem}")))?;
    Ok(Some(schema.clone()))
}

fn required<'a>(body: &'a Map<String, Value>, name: &str) -> Checked<&'a Value> {
    let value = body.get(name).filter(|value| !value.is_null());
    value.ok_or_else(|| ApiError::invalid(format!("{name}: Field required")))
}
