//! The rules that structured outputs put on a JSON schema.

use serde_json::{Map, Value};

use crate::llm::project::resolve;

const MOST_OPTIONAL: usize = 24;
const MOST_UNIONS: usize = 16;

const UNSUPPORTED: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "contains",
    "patternProperties",
    "minProperties",
    "maxProperties",
    "oneOf",
    "not",
    "if",
];

const FORMATS: &[&str] = &["date", "date-time", "time", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// Refuses what the API would refuse; the error is the API's own sentence where it is known.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    let mut survey = Survey::default();
    survey.node(schema)?;
    refuse_recursion(schema)?;
    if survey.optional > MOST_OPTIONAL {
        return Err(format!(
            "Schemas contains too many optional parameters ({}), which would make grammar \
             compilation inefficient (limit: {MOST_OPTIONAL}).",
            survey.optional
        ));
    }
    if survey.unions > MOST_UNIONS {
        return Err(format!(
            "Schemas contains too many parameters with union types ({}), which would make grammar \
             compilation inefficient (limit: {MOST_UNIONS} parameters with unions).",
            survey.unions
        ));
    }
    Ok(())
}

#[derive(Default)]
struct Survey {
    optional: usize,
    unions: usize,
}

impl Survey {
    fn node(&mut self, schema: &Value) -> Result<(), String> {
        let Value::Object(node) = schema else {
            return Ok(());
        };
        refuse_keywords(node)?;
        if node.contains_key("anyOf") || node.get("type").is_some_and(Value::is_array) {
            self.unions += 1;
        }
        if is_object(node) {
            self.object(node)?;
        }
        for name in ["properties", "$defs", "definitions"] {
            let children = node.get(name).and_then(Value::as_object);
            for child in children.into_iter().flat_map(Map::values) {
                self.node(child)?;
            }
        }
        for name in ["anyOf", "allOf", "prefixItems"] {
            let children = node.get(name).and_then(Value::as_array);
            for child in children.into_iter().flatten() {
                if name == "allOf" && child.get("$ref").is_some() {
                    return Err("'$ref' inside 'allOf' is not supported".to_owned());
                }
                self.node(child)?;
            }
        }
        node.get("items").map_or(Ok(()), |items| self.node(items))
    }

    fn object(&mut self, node: &Map<String, Value>) -> Result<(), String> {
        if node.get("additionalProperties") != Some(&Value::Bool(false)) {
            return Err("For 'object' type, 'additionalProperties' must be explicitly set to false".to_owned());
        }
        let required = node.get("required").and_then(Value::as_array);
        let is_required = |name: &String| required.is_some_and(|required| required.iter().any(|entry| entry == name));
        let properties = node.get("properties").and_then(Value::as_object);
        let names = properties.into_iter().flat_map(Map::keys);
        self.optional += names.filter(|name| !is_required(name)).count();
        Ok(())
    }
}

fn is_object(node: &Map<String, Value>) -> bool {
    let kind = node.get("type");
    let listed = kind.and_then(Value::as_array);
    kind.is_some_and(|kind| kind == "object")
        || listed.is_some_and(|kinds| kinds.iter().any(|kind| kind == "object"))
        || node.contains_key("properties")
}

fn refuse_keywords(node: &Map<String, Value>) -> Result<(), String> {
    let kind = node.get("type").and_then(Value::as_str).unwrap_or("any");
    if let Some(name) = UNSUPPORTED.iter().find(|name| node.contains_key(**name)) {
        return Err(format!("For '{kind}' type, property '{name}' is not supported"));
    }
    let min_items = node.get("minItems").and_then(Value::as_u64);
    if min_items.is_some_and(|least| least > 1) {
        return Err("For 'array' type, 'minItems' values other than 0 or 1 are not supported".to_owned());
    }
    let format = node.get("format").and_then(Value::as_str);
    match format {
        Some(format) if !FORMATS.contains(&format) => {
            Err(format!("For '{kind}' type, format '{format}' is not supported"))
        }
        _ => Ok(()),
    }
}

/// Follows every `$ref`; meeting one again on its own way is recursion.
fn refuse_recursion(root: &Value) -> Result<(), String> {
    fn walk<'a>(root: &'a Value, node: &'a Value, way: &mut Vec<&'a str>) -> Result<(), String> {
        match node {
            Value::Array(children) => children.iter().try_for_each(|child| walk(root, child, way)),
            Value::Object(fields) => {
                if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                    return follow(root, target, way);
                }
                let children = fields.iter().filter(|(name, _)| *name != "$defs");
                children.map(|(_, child)| child).try_for_each(|child| walk(root, child, way))
            }
            _ => Ok(()),
        }
    }
    fn follow<'a>(root: &'a Value, target: &'a str, way: &mut Vec<&'a str>) -> Result<(), String> {
        if way.contains(&target) {
            return Err("Recursive schemas are not supported".to_owned());
        }
        let node = resolve(root, target).ok_or_else(|| format!("'$ref' to '{target}' cannot be resolved"))?;
        way.push(target);
        walk(root, node, way)?;
        way.pop();
        Ok(())
    }
    walk(root, root, &mut Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strings(count: usize) -> Value {
        let names = (0..count).map(|n| (format!("f{n}"), json!({"type": "string"})));
        Value::Object(names.collect())
    }

    fn refusal(schema: &Value) -> String {
        check(schema).unwrap_err()
    }

    #[test]
    fn every_object_must_be_closed() {
        let open = json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": {"type": "array", "items": {"type": "object", "properties": {}}}}});
        assert!(refusal(&open).contains("additionalProperties"));
    }

    #[test]
    fn bounds_are_refused_by_name() {
        let bounded = json!({"type": "string", "maxLength": 15});
        assert!(refusal(&bounded).contains("'maxLength'"));
    }

    #[test]
    fn twenty_four_optional_properties_are_the_limit() {
        let optional = |count| json!({"type": "object", "additionalProperties": false, "properties": strings(count)});
        assert_eq!(check(&optional(24)), Ok(()));
        assert!(refusal(&optional(25)).contains("too many optional parameters (25)"));
    }

    #[test]
    fn sixteen_unions_are_the_limit() {
        let unions = |count: usize| {
            let names: Vec<_> = (0..count).map(|n| format!("f{n}")).collect();
            let nullable = json!({"type": ["string", "null"]});
            let fields: Map<_, _> = names.iter().map(|n| (n.clone(), nullable.clone())).collect();
            json!({"type": "object", "additionalProperties": false, "required": names,
                "properties": fields})
        };
        assert_eq!(check(&unions(16)), Ok(()));
        assert!(refusal(&unions(17)).contains("union types (17)"));
    }

    #[test]
    fn recursion_is_refused_and_reuse_is_not() {
        let leaf = json!({"$ref": "#/$defs/leaf"});
        let reuse = json!({"anyOf": [leaf, leaf], "$defs": {"leaf": {"type": "string"}}});
        assert_eq!(check(&reuse), Ok(()));
        let tree = json!({"$ref": "#/$defs/node", "$defs": {"node":
            {"type": "array", "items": {"$ref": "#/$defs/node"}}}});
        assert_eq!(refusal(&tree), "Recursive schemas are not supported");
    }
}
