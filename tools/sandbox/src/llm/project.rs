//! Bringing what was read into the shape the schema asks for: each property of the schema, nothing
//! else, and an empty value for what the reader does not know.

use serde_json::{Map, Value, json};

static ANYTHING: Value = Value::Null;

/// `value` as `schema` wants it.
pub(super) fn project(schema: &Value, value: &Value) -> Value {
    Projection { root: schema, followed: Vec::new() }.node(schema, Some(value))
}

/// The node a local reference points at.
pub(super) fn resolve<'a>(root: &'a Value, target: &str) -> Option<&'a Value> {
    root.pointer(target.strip_prefix('#')?)
}

struct Projection<'a> {
    root: &'a Value,
    /// The references on the way to this node, each with what there was to read.
    followed: Vec<(&'a str, Option<&'a Value>)>,
}

impl<'a> Projection<'a> {
    fn node(&mut self, schema: &'a Value, value: Option<&'a Value>) -> Value {
        let Some(target) = schema.get("$ref").and_then(Value::as_str) else {
            return self.shape(schema, value);
        };
        // A part never equals its whole: who comes by with the same value again has read nothing in between, and would
        // come by for ever.
        let step = (target, value);
        if self.followed.contains(&step) {
            return Value::Null;
        }
        self.followed.push(step);
        let projected = self.shape(self.dereference(schema), value);
        self.followed.pop();
        projected
    }

    fn shape(&mut self, schema: &'a Value, value: Option<&'a Value>) -> Value {
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
            return choose(choices, value);
        }
        if let Some(variants) = schema.get("anyOf").and_then(Value::as_array) {
            return self.variant(variants, value);
        }
        match kind(schema) {
            "object" => self.object(schema, value),
            "array" => self.array(schema, value),
            "number" | "integer" => number(value),
            "boolean" => json!(false),
            "null" => Value::Null,
            _ => text(value),
        }
    }

    fn variant(&mut self, variants: &'a [Value], value: Option<&'a Value>) -> Value {
        let carrying = variants.iter().find(|variant| kind(self.dereference(variant)) != "null");
        match carrying {
            Some(variant) => self.node(variant, value),
            None => Value::Null,
        }
    }

    fn object(&mut self, schema: &'a Value, value: Option<&'a Value>) -> Value {
        let properties = schema.get("properties").and_then(Value::as_object);
        let fields = properties.into_iter().flatten().map(|(name, schema)| {
            let value = value.and_then(|value| value.get(name));
            (name.clone(), self.node(schema, value))
        });
        Value::Object(fields.collect::<Map<_, _>>())
    }

    fn array(&mut self, schema: &'a Value, value: Option<&'a Value>) -> Value {
        let item = schema.get("items").unwrap_or(&ANYTHING);
        let values = value.and_then(Value::as_array).into_iter().flatten();
        values.map(|value| self.node(item, Some(value))).collect()
    }

    fn dereference(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        target.and_then(|target| resolve(self.root, target)).unwrap_or(schema)
    }
}

/// The first type named that carries a value: of `["string", "null"]`, the string.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str);
            kinds.find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "string",
    }
}

fn choose(choices: &[Value], value: Option<&Value>) -> Value {
    let known = value.filter(|value| choices.contains(value));
    let other = || choices.iter().find(|choice| *choice == "other");
    known.or_else(other).or(choices.first()).cloned().unwrap_or_default()
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
        assert_eq!(project(&schema, &read), expected);
    }

    #[test]
    fn a_recursive_schema_ends_where_there_is_nothing_left_to_read() {
        let next = json!({"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]});
        let schema = json!({
            "$ref": "#/$defs/node",
            "$defs": {"node": {"type": "object", "properties": {"total": {"type": "string"}, "next": next}}},
        });
        let read = json!({"total": "1.00", "next": {"total": "2.00"}});
        let empty = json!({"total": "", "next": null});
        let expected = json!({"total": "1.00", "next": {"total": "2.00", "next": empty}});
        assert_eq!(project(&schema, &read), expected);

        let circle = json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}});
        assert_eq!(project(&circle, &read), Value::Null);
    }
}
