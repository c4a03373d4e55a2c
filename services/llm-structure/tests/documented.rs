//! Answers as the providers document them, one file each under `answers`, and what they must become.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use contract::Structured;
use engine::StageError;
use runtime::settings::Provider;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use support::{Script, Scripted};

/// A file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Documented {
    /// The page that describes it.
    source: String,
    status: u16,
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    /// In place of `body`: what is no JSON.
    raw: Option<String>,
    /// `an invoice`, or code, class and the seconds that the service asks us to wait.
    becomes: String,
}

#[tokio::test]
async fn every_answer_that_anthropic_documents_becomes_what_it_should() {
    each_becomes_what_it_should(Provider::Anthropic, "anthropic").await;
}

#[tokio::test]
async fn every_answer_that_openai_and_its_likes_document_becomes_what_it_should() {
    each_becomes_what_it_should(Provider::OpenAi, "openai").await;
}

async fn each_becomes_what_it_should(provider: Provider, folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers").join(folder);
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let answer: Documented = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(answer.source.starts_with("https://"), "{}", path.display());
        let body = answer.raw.unwrap_or_else(|| answer.body.unwrap().to_string());
        let scripted = Scripted { status: answer.status, headers: answer.headers, body };
        // What ran out of room is asked for a second time.
        let script = Script::of([scripted.clone(), scripted]);
        let ended = script.handle(|llm| llm.provider = provider).await;
        assert_eq!(said(&ended), answer.becomes, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} answers");
}

fn said(ended: &Result<Structured, StageError>) -> String {
    match ended {
        Ok(_) => "an invoice".to_owned(),
        Err(error) => {
            let wait = error.retry_after.map(|wait| format!(" {}", wait.as_secs())).unwrap_or_default();
            format!("{} {}{wait}", error.code, serde_json::to_value(error.class).unwrap().as_str().unwrap())
        }
    }
}
