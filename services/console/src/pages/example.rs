//! An invoice with its life, for the tests of the pages.

use super::findings::{Finding, Severity};
use super::invoice::{Details, Read};
use super::invoices::Row;
use super::item::{Approval, Booking, Item};
use super::layout::{Frame, Section, Viewer};
use super::reading::{Line, Page, Reading};
use super::review::Letter;
use super::{draft, stages};
use crate::auth::Role;
use contract::history::EventKind;
use contract::{Bill, Class, Code, Coordinates, Evidence, HistoryEvent, Invoice, Stage, State, code};
use rust_decimal::Decimal;

/// The moment at which the tests look: 5 July 2026, 10:00 UTC.
pub(crate) const NOW_MS: i64 = 1_783_245_600_000;

pub(crate) const ID: &str = "5f1c0a9b7d2e4f60";

/// What a stranger would like to be more than text.
pub(crate) const PAYLOADS: [&str; 4] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus='alert(1)' autofocus='",
    "</textarea></title><svg onload=alert(1)>",
];

pub(crate) fn viewer(role: Role) -> Viewer {
    Viewer { name: "asha".into(), role, csrf: "csrf-of-asha".into(), logged_in: true }
}

pub(crate) fn frame<'a>(title: &'a str, section: Section, viewer: &'a Viewer) -> Frame<'a> {
    Frame {
        title,
        section,
        viewer: Some(viewer),
        banners: &[],
        waiting: 3,
        caught_up: true,
        note: None,
        now_ms: NOW_MS,
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn invoice() -> Invoice {
    serde_json::from_value(serde_json::json!({
        "document_type": "tax_invoice", "vendor_name": "Kaveri Kables Pvt Ltd", "vendor_gstin": "29AAACK0000K1ZV",
        "buyer_name": "Meridian Foods Pvt Ltd", "buyer_gstin": "29AABCM0000M1Z5", "invoice_number": "KK/2026/017",
        "invoice_date": "2026-07-05", "due_date": "2026-08-04", "place_of_supply": "Karnataka", "currency": "INR",
        "lines": [{ "description": "Cable 2.5 sqmm", "hsn_sac": "8544", "quantity": "10", "unit": "m",
            "rate": "12345.60", "tax_rate": "18", "amount": "123456.00" }],
        "subtotal": "123456.00", "cgst": "11111.04", "sgst": "11111.04", "igst": "0", "cess": "0",
        "round_off": "-0.08", "total": "145678.00"
    }))
    .unwrap()
}

pub(crate) fn bill() -> Bill {
    Bill {
        bill_id: "460000000098765".into(),
        bill_number: "KK/2026/017".into(),
        vendor_id: "460000000011111".into(),
        vendor_name: "Kaveri Kables Pvt Ltd".into(),
        currency: "INR".into(),
        total: decimal("145678.00"),
        vendor_by: "gstin".into(),
        booked_by: vec!["hsn 8544".into()],
        has_pdf: true,
        ..Bill::default()
    }
}

pub(crate) fn row() -> Row {
    Row {
        id: ID.into(),
        state: State::Review,
        stage: Stage::LlmStructure,
        run: 1,
        attempt: 2,
        at_ms: NOW_MS,
        first_seen_ms: Some(NOW_MS - 60_000),
        due_ms: None,
        code: Some(code::CHECK_ARITHMETIC),
        vendor: Some("Kaveri Kables Pvt Ltd".into()),
        bill: None,
        cost_usd: Some(decimal("0.0123")),
        model: Some("claude-opus-4".into()),
    }
}

pub(crate) fn evidence() -> Vec<Evidence> {
    let place =
        |field: &str, line: u32, quote: &str| Evidence { field: field.into(), page: 1, line, quote: quote.into() };
    vec![place("vendor_name", 1, "Kaveri Kables Pvt Ltd"), place("total", 2, "Grand Total Rs. 1,45,678.00/-")]
}

pub(crate) fn findings() -> Vec<Finding> {
    let finding = |severity, code: Code, field: &str, message: &str| Finding {
        code,
        severity,
        field: field.into(),
        message: message.into(),
        expected: Some("145678.00".into()),
        found: Some("145687.00".into()),
    };
    vec![
        finding(Severity::Error, code::CHECK_ARITHMETIC, "total", "the parts do not make the total"),
        finding(Severity::Warning, code::CHECK_DATE, "lines[0].amount", "it is odd"),
    ]
}

/// A page of which we have the picture.
pub(crate) fn pictured() -> Reading {
    let line = |text: &str, top: f32| Line { text: text.into(), bounds: Some([60.0, top, 260.0, top + 14.0]) };
    let lines = vec![line("Kaveri Kables Pvt Ltd", 80.0), line("Grand Total Rs. 1,45,678.00/-", 700.0)];
    let picture = Some(format!("/api/v1/invoices/{ID}/pages/1.png"));
    let page = Page { number: 1, lines, size: Some([595.0, 842.0]), picture };
    Reading { pages: vec![page], pdf: Some(format!("/api/v1/invoices/{ID}/document")), left_out: 0, is_scan: false }
}

/// It failed once, was held, approved and posted.
pub(crate) fn history() -> Vec<HistoryEvent> {
    let event = |kind, stage, run, attempt, after_ms: i64, took_ms| HistoryEvent {
        invoice_id: ID.parse().unwrap(),
        kind,
        stage,
        run,
        attempt,
        at_ms: NOW_MS - 100_000 + after_ms,
        took_ms,
        code: None,
        message: None,
        actor: None,
        reason: None,
        record: Coordinates { topic: format!("invoices.{stage}"), partition: 3, offset: 1042 },
        ..template()
    };
    vec![
        event(EventKind::Forwarded, Stage::FetchExtract, 1, 1, 0, Some(1_200)),
        HistoryEvent {
            code: Some(code::LLM_TIMEOUT),
            message: Some("the model did not answer in time".into()),
            ..event(EventKind::Retried, Stage::LlmStructure, 1, 1, 20_000, Some(15_000))
        },
        HistoryEvent {
            code: Some(code::CHECK_ARITHMETIC),
            message: Some("total: the parts do not make the total".into()),
            ..event(EventKind::DeadLettered, Stage::LlmStructure, 1, 2, 54_000, Some(4_000))
        },
        HistoryEvent {
            actor: Some("asha".into()),
            reason: Some("compared with the PDF".into()),
            ..event(EventKind::CommandAccepted, Stage::FetchExtract, 1, 1, 90_000, None)
        },
        event(EventKind::Forwarded, Stage::PostToZoho, 2, 1, 92_000, Some(800)),
    ]
}

/// What an event has that the tests do not set.
fn template() -> HistoryEvent {
    serde_json::from_value(serde_json::json!({
        "invoice_id": ID, "kind": "forwarded", "stage": "fetch-extract", "run": 1, "attempt": 1, "at_ms": 0,
        "record": { "topic": "t", "partition": 0, "offset": 0 }
    }))
    .unwrap()
}

pub(crate) fn read() -> Read {
    Read { reading: pictured(), invoice: Some(invoice()), evidence: evidence(), findings: Some(findings()) }
}

pub(crate) fn details() -> Details {
    Details {
        row: row(),
        history: history(),
        read: read(),
        trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".into()),
        bill_url: None,
        source: Some("https://files.example/inv-17.pdf".into()),
        submitted_by: Some("erp".into()),
        now_ms: NOW_MS,
    }
}

pub(crate) fn letter() -> Letter {
    Letter {
        id: ID.into(),
        stage: Stage::LlmStructure,
        code: code::CHECK_ARITHMETIC,
        class: Some(Class::Review),
        run: Some(1),
        attempts: Some(2),
        message: "total: the parts do not make the total".into(),
        at_ms: NOW_MS,
        record: Coordinates { topic: "invoices.llm-structure.dlq".into(), partition: 3, offset: 17 },
        vendor: Some("Kaveri Kables Pvt Ltd".into()),
        replayable: true,
    }
}

pub(crate) fn item() -> Item {
    Item {
        letter: letter(),
        read: read(),
        draft: Some(draft::Draft::of(&invoice())),
        approval: Approval::GoesOn,
        vendors: Vec::new(),
        booking: Booking::default(),
        refused: None,
        reason: String::new(),
        contents: vec![("What the stage was given", "{}".into())],
        history: history(),
        next: Some("another".into()),
    }
}

pub(crate) fn standing(stage: Stage) -> stages::Standing {
    stages::Standing {
        stage,
        waits: None,
        since_ms: None,
        is_probing: false,
        lag: Some(1_204),
        in_flight: 8,
        waiting: 2,
        quota: Some((41, 100)),
        replicas: vec![stages::Replica {
            instance: "worker-1".into(),
            version: "0.1.0".into(),
            at_ms: NOW_MS,
            partitions: 12,
            in_flight: 8,
            open: 10,
            held_bytes: 3_500_000,
            is_silent: false,
        }],
    }
}
