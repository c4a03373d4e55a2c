//! The records behind an invoice as they lie in Kafka, for whoever must know exactly what happened.

use super::{Desk, Error};
use ::stream::client::ClientSettings;
use ::stream::read::{self, Record};
use contract::url::shown;
use contract::{Coordinates, Headers, InvoiceId};
use futures::{StreamExt, TryStreamExt, stream};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The latest so many of an invoice are shown.
const SHOWN: usize = 50;
/// Single readings at once. More records of one topic than this are read in one go.
const AT_ONCE: usize = 8;

/// One record.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RawRecord {
    pub record: Coordinates,
    /// When the broker took it, in milliseconds since 1970.
    pub at_ms: i64,
    /// By name, as text.
    pub headers: BTreeMap<String, String>,
    pub bytes: usize,
    /// None if it is not JSON. URLs are without their queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl Desk {
    /// The records that were settled for an invoice, and its open dead letter, oldest first: at most the latest fifty.
    ///
    /// # Errors
    /// [`Error::Erased`] when they are not to be shown any more; when Kafka does not answer.
    pub async fn records(&self, id: &InvoiceId) -> Result<Vec<RawRecord>, Error> {
        self.unerased(id).await?;
        let mut places: Vec<Coordinates> = Vec::new();
        for event in self.view().history(id).await? {
            if !places.contains(&event.record) {
                places.push(event.record);
            }
        }
        places.extend(self.view().letter_of(id.as_str()).await?.map(|letter| letter.record));
        let places = places.split_off(places.len().saturating_sub(SHOWN));
        let mut records = read_all(&self.inner.kafka, &places).await?;
        Ok(places.iter().filter_map(|at| records.remove(at)).map(|record| raw(&record)).collect())
    }
}

/// The records at these places; what is not there any more is left out.
pub(super) async fn read_all(
    kafka: &ClientSettings,
    places: &[Coordinates],
) -> Result<HashMap<Coordinates, Record>, Error> {
    let mut by_topic: BTreeMap<&str, Vec<&Coordinates>> = BTreeMap::new();
    for at in places {
        by_topic.entry(&at.topic).or_default().push(at);
    }
    let mut found = HashMap::new();
    for (topic, places) in by_topic {
        if places.len() > AT_ONCE {
            scan(kafka, topic, &places, &mut found).await?;
        } else {
            let places: Vec<Coordinates> = places.into_iter().cloned().collect();
            let reading = places.into_iter().map(|at| {
                let kafka = kafka.clone();
                async move { read::read_one(&kafka, &at).await }
            });
            let records: Vec<Option<Record>> = stream::iter(reading).buffered(AT_ONCE).try_collect().await?;
            found.extend(records.into_iter().flatten().map(|record| (record.coordinates(), record)));
        }
    }
    Ok(found)
}

/// Reads a topic from the first of these on, until the last of them.
async fn scan(
    kafka: &ClientSettings,
    topic: &str,
    places: &[&Coordinates],
    found: &mut HashMap<Coordinates, Record>,
) -> Result<(), Error> {
    let mut wanted: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for at in places {
        wanted.entry(at.partition).or_default().push(at.offset);
    }
    let first = |offsets: &Vec<i64>| offsets.iter().min().copied().unwrap_or(0);
    let starts = wanted.iter().map(|(partition, offsets)| (*partition, first(offsets))).collect();
    let mut feed = read::scan_from(kafka, topic, starts).await?;
    while let Some(record) = feed.next().await.transpose()? {
        let Some(offsets) = wanted.get_mut(&record.partition) else { continue };
        if offsets.contains(&record.offset) {
            found.insert(record.coordinates(), record.clone());
        }
        offsets.retain(|offset| *offset > record.offset);
        if offsets.is_empty() {
            wanted.remove(&record.partition);
        }
        if wanted.is_empty() {
            break;
        }
    }
    Ok(())
}

fn raw(record: &Record) -> RawRecord {
    let mut value = record.value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
    if let Some(value) = &mut value {
        without_queries(value);
    }
    RawRecord {
        record: record.coordinates(),
        at_ms: record.timestamp_ms,
        headers: text(&record.headers),
        bytes: record.value.as_ref().map_or(0, |value| value.len()),
        value,
    }
}

fn text(headers: &Headers) -> BTreeMap<String, String> {
    let pairs = headers.encode().into_iter();
    pairs.map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(&value).into_owned())).collect()
}

/// Takes the query out of every `pdf_url`, however deep it stands.
pub(super) fn without_queries(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(url) if name == "pdf_url" => *url = shown(url),
                    field => without_queries(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_queries),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_url_is_shown_with_its_query_however_deep_it_stands() {
        let url = "https://h.example/a.pdf?X-Amz-Signature=secret";
        let mut value = json!({ "pdf_url": url, "command": { "replay": { "input": [{ "pdf_url": url }] } } });
        without_queries(&mut value);
        let expected = "https://h.example/a.pdf";
        assert_eq!(value["pdf_url"], expected);
        assert_eq!(value["command"]["replay"]["input"][0]["pdf_url"], expected);
        assert!(!value.to_string().contains("secret"));
    }
}
