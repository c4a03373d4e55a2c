//! How large a strict schema may be.

use serde_json::{Map, Value};

const MOST_PROPERTIES: usize = 5_000;
const MOST_LEVELS: usize = 10;
const MOST_ENUM_VALUES: usize = 1_000;
/// Of names and of constant values, all together.
const MOST_CHARS: usize = 120_000;
/// An enum of more values than this may have only so many characters.
const LARGE_ENUM: usize = 250;
const MOST_CHARS_OF_LARGE_ENUM: usize = 15_000;

/// What a schema has used up.
#[derive(Debug, Default)]
pub(super) struct Limits {
    properties: usize,
    levels: usize,
    enum_values: usize,
    chars: usize,
}

impl Limits {
    /// Counts one node, but not its children.
    pub(super) fn count(&mut self, node: &Map<String, Value>, level: usize) -> Result<(), String> {
        self.levels = self.levels.max(level);
        self.properties += node.get("properties").and_then(Value::as_object).map_or(0, Map::len);
        for keyword in ["properties", "$defs", "definitions"] {
            let children = node.get(keyword).and_then(Value::as_object);
            self.chars += children.into_iter().flat_map(Map::keys).map(String::len).sum::<usize>();
        }
        self.chars += node.get("const").map_or(0, chars);
        let values = node.get("enum").and_then(Value::as_array);
        values.map_or(Ok(()), |values| self.count_enum(values))
    }

    fn count_enum(&mut self, values: &[Value]) -> Result<(), String> {
        let length = values.iter().map(chars).sum::<usize>();
        self.enum_values += values.len();
        self.chars += length;
        if values.len() > LARGE_ENUM && length > MOST_CHARS_OF_LARGE_ENUM {
            return Err(format!(
                "Expected at most {MOST_CHARS_OF_LARGE_ENUM} total characters across enum values when there are more \
                 than {LARGE_ENUM} enum values, but received {length}."
            ));
        }
        Ok(())
    }

    /// Refuses a schema that has used up more than there is.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.levels > MOST_LEVELS {
            return Err(format!("{} levels of nesting exceeds limit of {MOST_LEVELS}.", self.levels));
        }
        if self.properties > MOST_PROPERTIES {
            return Err(format!("{} parameters exceeds limit of {MOST_PROPERTIES}.", self.properties));
        }
        if self.enum_values > MOST_ENUM_VALUES {
            return Err(format!(
                "Expected at most {MOST_ENUM_VALUES} enum values in total within a single schema when using \
                 structured outputs, but received {}.",
                self.enum_values
            ));
        }
        if self.chars > MOST_CHARS {
            return Err(format!("{} characters exceeds limit of {MOST_CHARS}.", self.chars));
        }
        Ok(())
    }
}

/// Characters of a constant value; only strings have any.
fn chars(value: &Value) -> usize {
    value.as_str().map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use crate::llm::openai::schema::check;
    use serde_json::{Value, json};

    fn object(properties: &Value) -> Value {
        let required: Vec<_> = properties.as_object().unwrap().keys().collect();
        json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
    }

    fn strings(count: usize, name: &str) -> Value {
        (0..count).map(|n| (format!("{name}{n}"), json!({"type": "string"}))).collect()
    }

    /// Objects inside each other.
    fn nested(levels: usize) -> Value {
        (1..levels).fold(object(&json!({"a": {"type": "string"}})), |inner, _| object(&json!({"a": inner})))
    }

    fn choice(count: usize, value: &str) -> Value {
        let values: Vec<_> = (0..count).map(|n| format!("{value}{n}")).collect();
        object(&json!({"a": {"type": "string", "enum": values}}))
    }

    #[test]
    fn each_limit_can_be_reached_but_not_passed() {
        for (allowed, refused, words) in [
            (nested(10), nested(11), "11 levels of nesting exceeds limit of 10."),
            (object(&strings(5_000, "f")), object(&strings(5_001, "f")), "5001 parameters exceeds limit of 5000."),
            (choice(1_000, ""), choice(1_001, ""), "but received 1001."),
            (choice(250, &"v".repeat(100)), choice(251, &"v".repeat(100)), "more than 250 enum values"),
            (object(&strings(100, &"n".repeat(1_000))), object(&strings(120, &"n".repeat(1_000))), "characters"),
        ] {
            assert_eq!(check(&allowed), Ok(()), "{words}");
            let refusal = check(&refused).unwrap_err();
            assert!(refusal.contains(words), "{refusal}");
        }
    }

    #[test]
    fn an_array_is_a_level_and_an_alternative_is_none() {
        let around = |inner: Value| object(&json!({"a": {"type": "array", "items": {"anyOf": [inner]}}}));
        assert_eq!(check(&around(nested(8))), Ok(()));
        assert!(check(&around(nested(9))).unwrap_err().starts_with("11 levels"));
    }
}
