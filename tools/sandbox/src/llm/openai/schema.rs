//! The rules that strict structured outputs put on a JSON schema. Nobody checks a schema that is not strict.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{keywords, limits::Limits};
use crate::llm::project::resolve;

/// Refuses what the API would refuse, in its own words.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    let kind = schema["type"].as_str().unwrap_or("None");
    if kind != "object" {
        return Err(format!("schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."));
    }
    let mut survey = Survey { root: schema, path: Vec::new(), limits: Limits::default() };
    if schema.get("anyOf").is_some() {
        return Err(survey.here("'anyOf' is not permitted."));
    }
    survey.node(schema, 0)?;
    survey.limits.check()
}

struct Survey<'a> {
    root: &'a Value,
    /// The way from the root to this node.
    path: Vec<String>,
    limits: Limits,
}

impl Survey<'_> {
    /// `level` is the number of objects and arrays around the node.
    fn node(&mut self, schema: &Value, level: usize) -> Result<(), String> {
        let Value::Object(node) = schema else {
            return Err(self.here("schema must have a 'type' key."));
        };
        if let Some(target) = node.get("$ref").and_then(Value::as_str) {
            return self.reference(node, target);
        }
        if let Some(name) = keywords::forbidden(node) {
            return Err(self.here(&format!("'{name}' is not permitted.")));
        }
        if !node.contains_key("type") && !node.contains_key("anyOf") {
            return Err(self.here("schema must have a 'type' key."));
        }
        let level = level + usize::from(is(node, "object") || is(node, "array"));
        self.limits.count(node, level)?;
        if is(node, "object") {
            self.object(node)?;
        }
        if is(node, "array") && !node.contains_key("items") {
            return Err(self.here("array schema missing items."));
        }
        self.children(node, level)
    }

    fn children(&mut self, node: &Map<String, Value>, level: usize) -> Result<(), String> {
        // A definition may be used anywhere, even inside itself: it is measured from its own beginning.
        for (keyword, level) in [("properties", level), ("$defs", 0), ("definitions", 0)] {
            let children = node.get(keyword).and_then(Value::as_object);
            for (name, child) in children.into_iter().flatten() {
                self.step(&[keyword, name.as_str()], child, level)?;
            }
        }
        let variants = node.get("anyOf").and_then(Value::as_array);
        for (at, child) in variants.into_iter().flatten().enumerate() {
            self.step(&["anyOf", at.to_string().as_str()], child, level)?;
        }
        node.get("items").map_or(Ok(()), |items| self.step(&["items"], items, level))
    }

    fn step(&mut self, names: &[&str], child: &Value, level: usize) -> Result<(), String> {
        let length = self.path.len();
        self.path.extend(names.iter().map(|name| (*name).to_owned()));
        self.node(child, level)?;
        self.path.truncate(length);
        Ok(())
    }

    fn object(&self, node: &Map<String, Value>) -> Result<(), String> {
        if node.get("additionalProperties") != Some(&Value::Bool(false)) {
            return Err(self.here("'additionalProperties' is required to be supplied and to be false."));
        }
        let properties = node.get("properties").and_then(Value::as_object);
        let properties: BTreeSet<_> = properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let required = node.get("required").and_then(Value::as_array);
        let required: BTreeSet<_> = required.into_iter().flatten().filter_map(Value::as_str).collect();
        let rule = "'required' is required to be supplied and to be an array including every key in properties.";
        if let Some(name) = properties.difference(&required).next() {
            return Err(self.here(&format!("{rule} Missing '{name}'.")));
        }
        if let Some(name) = required.difference(&properties).next() {
            return Err(self.here(&format!("{rule} Extra required key '{name}' supplied.")));
        }
        Ok(())
    }

    fn reference(&self, node: &Map<String, Value>, target: &str) -> Result<(), String> {
        let others: Vec<_> = node.keys().filter(|name| *name != "$ref").map(|name| format!("'{name}'")).collect();
        if !others.is_empty() {
            return Err(format!("{}, $ref cannot have keywords {{{}}}.", self.context(), others.join(", ")));
        }
        let is_definition = ["#/$defs/", "#/definitions/"].iter().any(|place| target.starts_with(place));
        if (target == "#" || is_definition) && resolve(self.root, target).is_some() {
            return Ok(());
        }
        Err(self.here("reference can only point to definitions defined at the top level of the schema."))
    }

    fn here(&self, problem: &str) -> String {
        format!("In {}, {problem}", self.context())
    }

    fn context(&self) -> String {
        let names: Vec<_> = self.path.iter().map(|name| format!("'{name}'")).collect();
        format!("context=({})", names.join(", "))
    }
}

/// Whether the node's type is this one, or may be.
fn is(node: &Map<String, Value>, kind: &str) -> bool {
    match node.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// An object with one property.
    fn object(field: &Value) -> Value {
        json!({"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": field}})
    }

    #[test]
    fn what_strict_allows_passes() {
        let line = object(&json!({"type": ["string", "null"]}));
        let kind = json!({"type": "string", "enum": ["tax_invoice", "other"]});
        for field in [
            json!({"type": "array", "items": line}),
            json!({"anyOf": [kind, {"type": "null"}]}),
            json!({"type": "string", "pattern": "^[0-9]+$", "description": "digits"}),
            json!({"$ref": "#"}),
        ] {
            assert_eq!(check(&object(&field)), Ok(()), "{field}");
        }
        let mut recursive = object(&json!({"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}));
        recursive["$defs"] = json!({"node": object(&json!({"$ref": "#/$defs/node"}))});
        assert_eq!(check(&recursive), Ok(()));
    }

    #[test]
    fn what_strict_forbids_is_refused_where_it_stands() {
        let open = json!({"type": "object", "properties": {}});
        let partial = json!({"type": "object", "additionalProperties": false, "required": ["b"],
            "properties": {"b": {"type": "string"}, "c": {"type": "string"}}});
        let extra = json!({"type": "object", "additionalProperties": false, "required": ["b"], "properties": {}});
        let table = [
            (json!({}), "schema must have a 'type' key."),
            (json!(true), "schema must have a 'type' key."),
            (json!({"enum": ["x"]}), "schema must have a 'type' key."),
            (json!({"type": "array"}), "array schema missing items."),
            (json!({"type": "string", "allOf": []}), "'allOf' is not permitted."),
            (json!({"type": "string", "oneOf": []}), "'oneOf' is not permitted."),
            (json!({"type": "object", "patternProperties": {}}), "'patternProperties' is not permitted."),
            (open, "'additionalProperties' is required to be supplied and to be false."),
            (partial, "including every key in properties. Missing 'c'."),
            (extra, "including every key in properties. Extra required key 'b' supplied."),
            (json!({"$ref": "#/properties/a"}), "reference can only point to definitions"),
            (json!({"$ref": "#/$defs/nothing"}), "reference can only point to definitions"),
        ];
        for (field, words) in table {
            let refusal = check(&object(&field)).unwrap_err();
            assert!(refusal.starts_with("In context=('properties', 'a'), "), "{refusal}");
            assert!(refusal.contains(words), "{field}: {refusal}");
        }
        let described = check(&object(&json!({"$ref": "#", "description": "x"}))).unwrap_err();
        assert_eq!(described, "context=('properties', 'a'), $ref cannot have keywords {'description'}.");
    }

    #[test]
    fn the_root_is_an_object() {
        let refusal = |schema: &Value| check(schema).unwrap_err();
        let array = json!({"type": "array", "items": {"type": "string"}});
        assert_eq!(refusal(&array), "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.");
        assert!(refusal(&json!({"anyOf": [object(&array)]})).ends_with("got 'type: \"None\"'."));
        let mut both = object(&array);
        both["anyOf"] = json!([]);
        assert_eq!(refusal(&both), "In context=(), 'anyOf' is not permitted.");
    }
}
