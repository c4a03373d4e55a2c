//! Bringing what was read into the shape the schema asks for: each property of the schema, nothing
//! else, and an empty value for what the reader does not know.

use serde_json::{Map, Value, json};

use super::schema::resolve;

/// `value` as `schema` (a node of `root`) wants it.
pub(super) fn project(root: &Value, schema: &Value, value: Option<&Value>) -> Value {
    let schema = dereference(root, schema);
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return choose(choices, value);
    }
    if let Some(variants) = schema.get("anyOf").and_then(Value::as_array) {
        return project_variant(root, variants, value);
    }
    match kind(schema) {
        "object" => project_object(root, schema, value),
        "array" => project_array(root, schema, value),
        "number" | "integer" => number(value),
        "boolean" => json!(false),
        "null" => Value::Null,
        _ => text(value),
    }
}

fn dereference<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema.get("$ref").and_then(Value::as_str);
    target.and_then(|target| resolve(root, target)).unwrap_or(schema)
}

/// The first type named, which for `["string", "null"]` is the one that carries a value.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str).unwrap_or("string"),
        _ if schema.get("properties").is_some() => "object",
        _ => "string",
    }
}

fn choose(choices: &[Value], value: Option<&Value>) -> Value {
    let known = value.filter(|value| choices.contains(value));
    let other = || choices.iter().find(|choice| *choice == "other");
    known.or_else(other).or(choices.first()).cloned().unwrap_or_default()
}

fn project_variant(root: &Value, variants: &[Value], value: Option<&Value>) -> Value {
    let carries = |variant: &&Value| kind(dereference(root, variant)) != "null";
    match variants.iter().find(carries) {
        Some(variant) => project(root, variant, value),
        None => Value::Null,
    }
}

fn project_object(root: &Value, schema: &Value, value: Option<&Value>) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object);
    let fields = properties.into_iter().flatten().map(|(name, schema)| {
        let value = value.and_then(|value| value.get(name));
        (name.clone(), project(root, schema, value))
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

fn project_array(root: &Value, schema: &Value, value: Option<&Value>) -> Value {
    let anything = json!({});
    let item = schema.get("items").unwrap_or(&anything);
    let values = value.and_then(Value::as_array).into_iter().flatten();
    values.map(|value| project(root, item, Some(value))).collect()
}

fn number(value: Option<&Value>) -> Value {
    let number = match value {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_f64(),
        None => None,
    };
    json!(number.unwrap_or(0.0))
}

fn text(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => json!(text),
        Some(Value::Null) | None => json!(""),
        Some(value) => json!(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_decides_which_fields_there_are() {
        let schema = json!({
            "type": "object",
            "properties": {
                "kind": {"enum": ["tax_invoice", "other"]},
                "total": {"$ref": "#/$defs/amount"},
                "note": {"type": ["string", "null"]},
                "lines": {"type": "array", "items": {"type": "object",
                    "properties": {"amount": {"type": "number"}}}},
            },
            "$defs": {"amount": {"type": "string"}},
        });
        let read = json!({"kind": "menu", "total": "10.00", "vendor": "A",
            "lines": [{"amount": "2.50", "rate": "1"}]});
        let expected = json!({"kind": "other", "total": "10.00", "note": "",
            "lines": [{"amount": 2.5}]});
        assert_eq!(project(&schema, &schema, Some(&read)), expected);
    }
}
