//! Zoho's spellings of identifiers and amounts, read from and written to the JSON text itself.
//!
//! Identifiers have up to 19 digits and come as strings or as bare numbers; amounts are decimals. Neither may ever
//! pass through a float.

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// An identifier of Zoho's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct Id(String);

/// An exact amount, quantity or percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) Decimal);

impl Id {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = scalar(&raw).map_err(D::Error::custom)?;
        if text.is_empty() {
            return Err(D::Error::custom("an identifier is empty"));
        }
        Ok(Self(text.into_owned()))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = scalar(&raw).map_err(D::Error::custom)?;
        let number = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
        number.map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.normalize().to_string();
        RawValue::from_string(text).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// The text of a JSON string or number.
fn scalar(raw: &RawValue) -> Result<Cow<'_, str>, &'static str> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str(text).map(Cow::Owned).map_err(|_| "not a JSON string"),
        Some(b'-' | b'0'..=b'9') => Ok(Cow::Borrowed(text)),
        _ => Err("neither a string nor a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_all_its_digits_as_a_string_or_as_a_number() {
        for json in ["\"9223372036854775807\"", "9223372036854775807"] {
            assert_eq!(serde_json::from_str::<Id>(json).unwrap().as_str(), "9223372036854775807");
        }
        for bad in ["null", "\"\"", "[1]", "true"] {
            assert!(serde_json::from_str::<Id>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_amount_is_exact_in_both_directions() {
        let table =
            [("1234567890123456.78", "1234567890123456.78"), ("\"0.10\"", "0.1"), ("-5", "-5"), ("1.18E+3", "1180")];
        for (json, written) in table {
            let number: Number = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&number).unwrap(), written, "{json}");
        }
    }
}
