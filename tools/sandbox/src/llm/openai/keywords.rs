//! The keywords that no strict schema may have. The documentation names some of them; the others are those that the API
//! was seen to refuse.

use serde_json::{Map, Value};

const FORBIDDEN: &[&str] = &[
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "propertyNames",
    "contains",
    "uniqueItems",
    "minLength",
    "maxLength",
    "default",
];

/// The first of them that the node has.
pub(super) fn forbidden(node: &Map<String, Value>) -> Option<&'static str> {
    FORBIDDEN.iter().copied().find(|keyword| node.contains_key(*keyword))
}
