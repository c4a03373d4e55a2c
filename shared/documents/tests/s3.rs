//! What we say to S3, against a server that keeps its documented rules.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

#![allow(clippy::unwrap_used, reason = "tests")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use contract::ContentHash;
use documents::{Claim, Documents, Error};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A bucket, by path. Like S3, it takes a conditional PUT only for what is not there, and signed requests only.
#[derive(Debug, Clone, Default)]
struct Bucket(Arc<Mutex<BTreeMap<String, Bytes>>>);

impl Bucket {
    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(Self::answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    async fn answer(
        State(Self(objects)): State<Self>,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        let mut objects = objects.lock().unwrap();
        let signed = headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"AWS4-HMAC"));
        let found = objects.get(uri.path()).cloned();
        let marks = [(header::ETAG, "\"1\""), (header::LAST_MODIFIED, "Mon, 23 Nov 2026 00:00:00 GMT")];
        match (method, found) {
            _ if !signed => StatusCode::FORBIDDEN.into_response(),
            (Method::PUT, Some(_)) if headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*") => {
                StatusCode::PRECONDITION_FAILED.into_response()
            }
            (Method::PUT, _) => {
                objects.insert(uri.path().to_owned(), body);
                marks.into_response()
            }
            (Method::GET, Some(object)) => (marks, object).into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

fn at(endpoint: &str, more: &[(&str, &str)]) -> Documents {
    let options = [
        ("aws_endpoint", endpoint),
        ("aws_allow_http", "true"),
        ("aws_region", "eu-central-1"),
        ("aws_access_key_id", "id"),
        ("aws_secret_access_key", "secret"),
    ];
    let options = options.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Documents::open("s3://bucket/invoices", &options).unwrap()
}

#[tokio::test]
async fn a_bucket_keeps_documents_below_the_prefix_and_gives_each_to_the_first_who_claims_it() {
    let bucket = Bucket::default();
    let documents = at(&bucket.serve().await, &[]);
    let pdf = Bytes::from_static(b"%PDF-1.7 one");
    let hash = ContentHash::of(&pdf);
    for _ in 0..2 {
        documents.keep(&hash, pdf.clone()).await.unwrap();
    }
    assert_eq!(documents.pdf(&hash).await, Ok(pdf));
    let (first, second) = ("first".parse().unwrap(), "second".parse().unwrap());
    assert_eq!(documents.claim(&hash, &first).await, Ok(Claim::Ours));
    assert_eq!(documents.claim(&hash, &second).await, Ok(Claim::Taken { by: first.clone() }));
    assert_eq!(documents.claim(&hash, &first).await, Ok(Claim::Ours));
    let paths: Vec<String> = bucket.0.lock().unwrap().keys().cloned().collect();
    let below = |kind: &str| format!("/bucket/invoices/{kind}/{hash}");
    assert_eq!(paths, [below("by-hash"), below("documents") + ".pdf"]);
}

#[tokio::test]
async fn a_bucket_that_refuses_us_or_is_away_is_unavailable_and_no_secret_is_shown() {
    let unsigned = at(&Bucket::default().serve().await, &[("aws_skip_signature", "true")]);
    let nobody = at("http://127.0.0.1:1", &[]);
    for (documents, cause) in [(unsigned, "refuses us"), (nobody, "cannot be used")] {
        let error = documents.pdf(&ContentHash::of(b"")).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error}");
        assert!(error.to_string().contains(cause), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
