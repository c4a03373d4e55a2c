//! A fault as people write it: which calls it may hit, how often, and what it does to them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::effect::{Effect, KindName, Strike};
use crate::{endpoint::Endpoint, operation::Operation};

/// The body of `POST /_sandbox/faults`, echoed by `GET`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FaultRequest {
    /// Whose calls it may hit.
    pub endpoint: Endpoint,
    /// Only calls that do this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// Only calls with this HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only calls whose path, query, `X-Invoice-Id` or body contain this.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Share of the matching calls that are hit, 0 to 1.
    #[serde(default = "every_call")]
    pub rate: f64,
    /// Hits after which the fault is spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Where the random decisions of `rate` and `of` start from.
    #[serde(default)]
    pub seed: u64,
    /// What kind `one_of` draws from, each as likely as the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Choice>,
    /// What goes wrong.
    #[serde(flatten)]
    pub effect: Effect,
    /// Fields that no fault has.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// One of the effects that kind `one_of` draws from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Choice {
    /// What goes wrong.
    #[serde(flatten)]
    pub effect: Effect,
    /// Fields that no effect has.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// A checked fault.
#[derive(Debug, Clone)]
pub struct Fault {
    /// As it was written.
    pub request: FaultRequest,
    /// What it does: one of these, drawn anew for each call that is hit. Never empty.
    pub strikes: Vec<Strike>,
}

/// Why a fault cannot be carried out as written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ScriptError {
    /// The kind needs a field that is absent.
    #[error("a fault of this kind needs `{0}`")]
    Missing(&'static str),
    /// The field is out of range.
    #[error("`{0}` must be {1}")]
    OutOfRange(&'static str, &'static str),
    /// The kind means nothing at this endpoint.
    #[error("this kind of fault does not exist at endpoint `{0:?}`")]
    NotThere(Endpoint),
    /// Nobody would see that it does nothing.
    #[error("unknown field `{0}`")]
    Unknown(String),
}

impl TryFrom<FaultRequest> for Fault {
    type Error = ScriptError;

    fn try_from(request: FaultRequest) -> Result<Self, ScriptError> {
        refuse_unknown(&request.unknown)?;
        if !(0.0..=1.0).contains(&request.rate) {
            return Err(ScriptError::OutOfRange("rate", "between 0 and 1"));
        }
        let strikes = request.strikes()?;
        Ok(Self { request, strikes })
    }
}

impl FaultRequest {
    fn strikes(&self) -> Result<Vec<Strike>, ScriptError> {
        let draws = self.effect.kind == KindName::OneOf;
        match (draws, self.of.is_empty()) {
            (false, true) => Ok(vec![self.effect.at(self.endpoint)?]),
            (false, false) => Err(ScriptError::OutOfRange("of", "absent for every kind but `one_of`")),
            (true, true) => Err(ScriptError::Missing("of")),
            (true, false) => self.of.iter().map(|choice| choice.at(self.endpoint)).collect(),
        }
    }
}

impl Choice {
    fn at(&self, endpoint: Endpoint) -> Result<Strike, ScriptError> {
        refuse_unknown(&self.unknown)?;
        self.effect.at(endpoint)
    }
}

fn refuse_unknown(fields: &Map<String, Value>) -> Result<(), ScriptError> {
    fields.keys().next().map_or(Ok(()), |name| Err(ScriptError::Unknown(name.clone())))
}

fn every_call() -> f64 {
    1.0
}
