//! Which invoices are meant, and how a long list is read in pages.

use super::order::Order;
use contract::{Stage, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A choice of invoices: those that are as each of the named fields says. What is not named is not restricted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// In one of these states; all if empty.
    pub states: Vec<State>,
    /// At one of these stages, or ended there; all if empty.
    pub stages: Vec<Stage>,
    /// The code of the latest failure, such as `llm.timeout`.
    pub code: Option<String>,
    /// The vendor's whole name; case and width of spaces do not matter.
    pub vendor: Option<String>,
    /// Words, each of which begins a word of the id, the vendor's name, the bill's number or the bill's id.
    pub text: Option<String>,
    /// Changed at this moment or later, in milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// Changed before this moment, in milliseconds since 1970.
    pub to_ms: Option<i64>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; none if this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// A place in a list that is ordered by time. Its text says nothing; it is the same on every replica of the console, except that
/// two that changed in the same millisecond may stand the other way round there, once in two million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(super) Order);

/// The text is not one that a page named as the next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor: take it from `next` of a page, unchanged")]
pub struct InvalidCursor;

impl<T> Page<T> {
    /// Of one more than `limit` items, if there are that many; the place of an item comes with it.
    pub(super) fn of(mut items: Vec<(Order, T)>, limit: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|(order, _)| Cursor(*order));
        Self { items: items.into_iter().map(|(_, item)| item).collect(), next }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0.get())
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidCursor);
        }
        i64::from_str_radix(text, 16).map(|number| Self(Order::from_raw(number))).map_err(|_| InvalidCursor)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Cursor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "Opaque: hand it back as it came."})
    }
}
