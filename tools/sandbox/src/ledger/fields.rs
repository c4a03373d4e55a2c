//! Reading the fields of a request body, with Zoho's refusal for what does not fit.

use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A JSON object sent by a client. Absent, null and empty are the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// Text; a bare number counts as its digits, because clients send ids both ways.
    pub(super) fn text(self, name: &str) -> Result<String, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(Refusal::invalid_value(name)),
        }
    }

    /// Text below Zoho's length limit for names and numbers.
    pub(super) fn short_text(self, name: &str, limit: usize) -> Result<String, Refusal> {
        let text = self.text(name)?;
        if text.chars().count() >= limit {
            return Err(Refusal::too_long(name, limit));
        }
        Ok(text)
    }

    pub(super) fn amount(self, name: &str) -> Result<Option<Decimal>, Refusal> {
        let text = self.text(name)?;
        if text.is_empty() {
            return Ok(None);
        }
        let amount = Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text));
        amount.map(Some).map_err(|_| Refusal::invalid_value(name))
    }

    pub(super) fn date(self, name: &str) -> Result<Option<NaiveDate>, Refusal> {
        let text = self.text(name)?;
        if text.is_empty() {
            return Ok(None);
        }
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d");
        date.map(Some).map_err(|_| Refusal::invalid_value(name))
    }

    pub(super) fn rows(self, name: &str) -> Result<Vec<Self>, Refusal> {
        let rows = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(rows)) => rows,
            Some(_) => return Err(Refusal::invalid_value(name)),
        };
        let row = |row: &'a Value| row.as_object().map(Fields);
        let rows: Option<Vec<_>> = rows.iter().map(row).collect();
        rows.ok_or_else(|| Refusal::invalid_value(name))
    }

    /// Refuses fields that would change a total in a way these books do not model.
    pub(super) fn refuse_set(self, names: &[&str]) -> Result<(), Refusal> {
        let set = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::Array(rows) => !rows.is_empty(),
            Value::Bool(true) | Value::Object(_) => true,
        };
        match names.iter().find(|name| self.0.get(**name).is_some_and(set)) {
            Some(name) => Err(Refusal::invalid_value(name)),
            None => Ok(()),
        }
    }
}
