//! A status as it is shown.

use crate::output::{moment, word};
use contract::{Bill, BillKind, Code, InvoiceId, Stage, State, Status};
use serde::Serialize;

/// One invoice's state. The cost is US dollars as exact decimal text.
#[derive(Debug, Serialize)]
pub(crate) struct StatusView<'a> {
    pub(crate) invoice_id: &'a InvoiceId,
    pub(crate) state: State,
    pub(crate) run: u32,
    pub(crate) stage: Stage,
    pub(crate) attempt: u32,
    pub(crate) error_code: Option<&'a Code>,
    pub(crate) due_ms: Option<i64>,
    pub(crate) at_ms: i64,
    pub(crate) bill: Option<&'a Bill>,
    pub(crate) cost_usd: Option<String>,
    pub(crate) model: Option<&'a str>,
}

impl<'a> StatusView<'a> {
    pub(crate) fn new(invoice_id: &'a InvoiceId, status: &'a Status) -> Self {
        Self {
            invoice_id,
            state: status.state,
            run: status.run,
            stage: status.stage,
            attempt: status.attempt,
            error_code: status.code.as_ref(),
            due_ms: status.due_ms,
            at_ms: status.at_ms,
            bill: status.bill.as_ref(),
            cost_usd: status.cost_usd.as_ref().map(ToString::to_string),
            model: status.model.as_deref(),
        }
    }

    /// One line for a person.
    pub(crate) fn text(&self) -> String {
        let mut parts = vec![
            moment(self.at_ms),
            self.invoice_id.to_string(),
            word(&self.state),
            format!("{} run {} attempt {}", self.stage, self.run, self.attempt),
        ];
        parts.extend(self.error_code.map(ToString::to_string));
        parts.extend(self.due_ms.map(|due| format!("due {}", moment(due))));
        parts.extend(self.bill.map(bill));
        parts.extend(self.cost_usd.as_ref().map(|usd| format!("USD {usd}")));
        parts.extend(self.model.map(|model| format!("read by {model}")));
        parts.join("  ")
    }
}

fn bill(bill: &Bill) -> String {
    let kind = match bill.kind {
        BillKind::Bill => "bill",
        BillKind::VendorCredit => "vendor credit",
    };
    format!("{kind} {} ({}) of {}: {} {}", bill.bill_number, bill.bill_id, bill.vendor_name, bill.currency, bill.total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(extra: &str) -> Status {
        let text = format!(
            r#"{{"run":2,"stage":"post-to-zoho","state":"posted","attempt":1,"at_ms":0,"url_hash":"00"{extra}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    const BILL: &str = r#","cost_usd":"0.0123","bill":{"bill_id":"9","bill_number":"A-1","vendor_id":"7",
        "vendor_name":"Acme","currency":"INR","total":"1180.00"}"#;

    #[test]
    fn amounts_are_shown_to_the_digit() {
        let id = "a".parse().unwrap();
        let status = status(BILL);
        let view = StatusView::new(&id, &status);
        let json = serde_json::to_value(&view).unwrap();
        assert_eq!((&json["bill"]["total"], &json["cost_usd"]), (&"1180.00".into(), &"0.0123".into()));
        assert_eq!(
            view.text(),
            "1970-01-01T00:00:00Z  a  posted  post-to-zoho run 2 attempt 1  bill A-1 (9) of Acme: INR 1180.00  USD 0.0123"
        );
    }

    #[test]
    fn every_field_is_always_there() {
        let id = "a".parse().unwrap();
        let status = status("");
        let json = serde_json::to_value(StatusView::new(&id, &status)).unwrap();
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        let expected = [
            "invoice_id",
            "state",
            "run",
            "stage",
            "attempt",
            "error_code",
            "due_ms",
            "at_ms",
            "bill",
            "cost_usd",
            "model",
        ];
        assert_eq!(names.len(), expected.len());
        assert!(expected.iter().all(|name| json.get(name).is_some()), "{names:?}");
    }
}
