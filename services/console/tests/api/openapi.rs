//! The description of the API is one, and describes all of it.

use crate::console::{Console, READ};
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test]
async fn the_description_is_whole_and_every_reference_in_it_leads_somewhere() {
    let console = Console::guarded();
    let answer = console.get(READ, "/api/v1/openapi.json").await;
    assert_eq!(answer.headers["content-type"], "application/json");
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let place = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let named: BTreeSet<&str> = path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        for (method, operation) in methods.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{place}: its id is taken");
            assert!(operation["summary"].as_str().unwrap().ends_with('.'), "{place}");
            let parameters = operation["parameters"].as_array().unwrap();
            let described: BTreeSet<&str> = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(described, named, "{place}");
            for parameter in parameters {
                assert!(parameter["schema"].is_object(), "{place} {parameter}");
                let is_described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
                assert!(is_described, "{place}: {} has no description", parameter["name"]);
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{place}");
            assert!(responses.values().all(|response| response["description"].is_string()), "{place}");
            assert_eq!(method == "post", operation.get("requestBody").is_some(), "{place}");
        }
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(reference) if name == "$ref" => drop(references.insert(reference.clone())),
                    field => collect(field, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
