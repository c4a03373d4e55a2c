//! How secrets are read, and why they are never written: what goes out says only whether one is set.

use super::{Documents, Kafka};
use secrecy::{ExposeSecret, SecretString};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

const REDACTED: &str = "***";

/// Parts of librdkafka property names whose values are secret.
const SECRET_PARTS: [&str; 6] = ["password", "passphrase", "secret", ".jaas", "private.key", "oauthbearer.config"];

/// Parts of object store option names whose values are secret, or name a file or link that may be.
const SECRET_OPTION_PARTS: [&str; 7] = ["key", "secret", "token", "sas", "credential", "service_account", "proxy"];

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: BTreeMap<_, _> = shown(&self.options, is_secret_option).collect();
        f.debug_struct("Documents").field("location", &self.location).field("options", &options).finish()
    }
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let properties: BTreeMap<_, _> = shown(&self.properties, is_secret).collect();
        f.debug_struct("Kafka").field("brokers", &self.brokers).field("properties", &properties).finish()
    }
}

pub(super) fn write_secret<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.expose_secret().is_empty() { "" } else { REDACTED })
}

pub(super) fn write_properties<S: Serializer>(
    properties: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(shown(properties, is_secret))
}

pub(super) fn write_options<S: Serializer>(
    options: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(shown(options, is_secret_option))
}

/// Takes numbers and switches as well, as those who get them want all of them as text.
pub(super) fn read_properties<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let text = |value| match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(switch) => Ok(switch.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("must be text, a number or true/false, under the property's full dotted name"))
        }
    };
    let properties = BTreeMap::<String, Value>::deserialize(deserializer)?;
    properties.into_iter().map(|(name, value)| Ok((name, text(value)?))).collect()
}

fn shown(values: &BTreeMap<String, String>, is_secret: fn(&str) -> bool) -> impl Iterator<Item = (&str, &str)> {
    values.iter().map(move |(name, value)| (name.as_str(), if is_secret(name) { REDACTED } else { value.as_str() }))
}

fn is_secret(property: &str) -> bool {
    let name = property.to_ascii_lowercase();
    name.starts_with("ssl.key.") || SECRET_PARTS.iter().any(|part| name.contains(part))
}

fn is_secret_option(option: &str) -> bool {
    let name = option.to_ascii_lowercase();
    SECRET_OPTION_PARTS.iter().any(|part| name.contains(part))
}
