//! What is encoded is decoded again, and nothing foreign makes the decoder panic.

use contract::{Class, Code, Coordinates, DeadLetter, Headers, InvoiceId, Request, Status};
use proptest::prelude::*;

fn text(max: usize) -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::collection::vec(any::<char>(), 0..max / 4).prop_map(String::from_iter))
}

prop_compose! {
    fn origins()(topic in "[a-z.-]{1,40}", partition: i32, offset: i64) -> Coordinates {
        Coordinates { topic, partition, offset }
    }
}

prop_compose! {
    fn headers()(
        ce in (text(60), text(60), text(60), text(60), text(40), text(40)),
        trace in (text(60), text(60)),
        numbers in (any::<Option<u32>>(), any::<Option<u32>>(), any::<Option<u64>>(), any::<Option<i64>>()),
        in_doubt: bool,
        url_hash in prop::option::of("[0-9a-f]{12}"),
        origin in prop::option::of(origins()),
        code in prop::option::of("[a-z]{1,10}\\.[a-z_]{1,20}"),
        class in prop::option::of(prop::sample::select(Class::ALL.to_vec())),
        error_message in text(200),
    ) -> Headers {
        Headers {
            ce_id: ce.0, ce_type: ce.1, ce_source: ce.2, ce_subject: ce.3, ce_time: ce.4, content_type: ce.5,
            traceparent: trace.0, tracestate: trace.1,
            run: numbers.0, attempt: numbers.1, delay_ms: numbers.2, submitted_ms: numbers.3,
            in_doubt, url_hash, origin, error_code: code.map(Code::foreign), error_class: class, error_message,
        }
    }
}

fn decode(encoded: &[(&'static str, Vec<u8>)]) -> Headers {
    Headers::decode(encoded.iter().map(|(name, value)| (*name, Some(value.as_slice()))))
}

proptest! {
    #[test]
    fn headers_within_their_limits_come_back_as_they_were(headers in headers()) {
        prop_assert_eq!(decode(&headers.encode()), headers);
    }

    #[test]
    fn headers_never_exceed_two_kilobytes_and_what_is_kept_is_readable(
        mut headers in headers(), long in "\\PC{300,4000}",
    ) {
        headers.error_message = Some(long.clone());
        headers.tracestate = Some(long);
        let encoded = headers.encode();
        let total: usize = encoded.iter().map(|(name, value)| name.len() + value.len()).sum();
        prop_assert!(total <= contract::header::MAX_TOTAL_BYTES);
        prop_assert_eq!(decode(&encoded).run, headers.run);
    }

    #[test]
    fn foreign_headers_never_panic(
        headers in prop::collection::vec(("\\PC{0,30}", prop::option::of(prop::collection::vec(any::<u8>(), 0..500))), 0..30),
    ) {
        Headers::decode(headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())));
    }

    #[test]
    fn our_header_names_with_foreign_values_never_panic(value in prop::collection::vec(any::<u8>(), 0..600)) {
        let names = Headers {
            run: Some(1), attempt: Some(1), delay_ms: Some(1), submitted_ms: Some(1), ce_id: Some(String::new()),
            error_class: Some(Class::Review), error_code: Some(Code::new("a.b")),
            origin: Some(Coordinates { topic: String::new(), partition: 0, offset: 0 }),
            ..Headers::default()
        };
        Headers::decode(names.encode().iter().map(|(name, _)| (*name, Some(value.as_slice()))));
    }

    #[test]
    fn a_request_comes_back_as_it_was(
        url in "\\PC{0,80}", id in prop::option::of("[A-Za-z0-9._:-]{1,64}"), accept_same_document: bool,
        submitted_by in prop::option::of("\\PC{0,40}"),
    ) {
        let invoice_id = id.map(|id| id.parse::<InvoiceId>().unwrap());
        let request = Request { pdf_url: url, invoice_id, accept_same_document, submitted_by };
        prop_assert_eq!(serde_json::from_slice::<Request>(&serde_json::to_vec(&request).unwrap()).unwrap(), request);
    }

    #[test]
    fn values_of_another_shape_never_panic(value in prop::collection::vec(any::<u8>(), 0..400)) {
        contract::Submission::decode(&value, 300).ok();
        serde_json::from_slice::<DeadLetter>(&value).ok();
        serde_json::from_slice::<Status>(&value).ok();
    }
}

#[test]
fn the_first_of_two_headers_of_one_name_counts() {
    let headers = [("invoice-run", Some(&b"1"[..])), ("invoice-run", Some(&b"2"[..]))];
    assert_eq!(Headers::decode(headers).run, Some(1));
}

#[test]
fn a_full_status_stays_within_1200_bytes() {
    let status = serde_json::json!({
        "run": u32::MAX, "stage": "post-to-zoho", "state": "posted", "attempt": u32::MAX, "at_ms": i64::MAX,
        "due_ms": i64::MAX, "code": "admission.id_conflict", "url_hash": "0123456789ab",
        "bill": {"bill_id": "9".repeat(20), "bill_number": "N".repeat(32), "vendor_id": "9".repeat(20),
                 "vendor_name": "V".repeat(100), "currency": "INR", "total": "123456789012.00",
                 "vendor_by": "created", "booked_by": vec!["k".repeat(40); 4], "is_draft": true, "has_pdf": true,
                 "bank": "0123abcd", "alias": "a".repeat(100), "rule": {"account": "a".repeat(100), "tax": "t".repeat(100)}},
        "cost_usd": "0.0123456789"
    });
    let status: Status = serde_json::from_value(status).unwrap();
    assert!(serde_json::to_vec(&status).unwrap().len() <= 1200);
}
