//! The PDF that a bill was made from, attached to it.
//!
//! Zoho adds what is attached twice a second time, so whoever does not know that a bill has no file looks first. A bill is a bill
//! without its PDF, too: an attachment that fails is tried again with the invoice's other attempts, and then left.

use crate::Job;
use crate::answer::{Answer, CallError};
use crate::post::LAG;
use crate::zoho::ZohoBooks;
use contract::{Bill, BillKind, Class, code};
use engine::StageError;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// In characters.
const MAX_FILE_NAME: usize = 60;

/// What a bill says of the files attached to it.
#[derive(Debug, Default, Deserialize)]
struct Attached {
    #[serde(default)]
    attachment_name: Option<String>,
    #[serde(default)]
    documents: Vec<IgnoredAny>,
}

impl Attached {
    fn is_any(&self) -> bool {
        !self.documents.is_empty() || self.attachment_name.as_deref().is_some_and(|name| !name.is_empty())
    }
}

/// Whether the bill that Zoho answers with has a file.
pub(crate) fn is_any(answer: &Answer) -> bool {
    answer.part::<Attached>("bill").is_ok_and(|attached| attached.is_any())
}

impl ZohoBooks {
    /// The bill with its PDF attached, or, after the last attempt, without.
    pub(crate) async fn with_pdf(&self, job: &Job, bill: Bill, has_no_file: bool) -> Result<Bill, StageError> {
        // Zoho documents no attachments of vendor credits.
        if !self.attach_pdf || bill.has_pdf || bill.kind != BillKind::Bill {
            return Ok(bill);
        }
        let Err(error) = self.attach(job, &bill, has_no_file).await else { return Ok(Bill { has_pdf: true, ..bill }) };
        let may_pass = matches!(error.class, Class::Transient | Class::Unavailable);
        if error.code == code::ENGINE_LEASE_LOST || (may_pass && job.attempt < self.max_attempts) {
            return Err(error.with_candidate(&bill));
        }
        tracing::warn!(invoice.id = %job.invoice_id, error.code = %error.code, "the bill {} stays without its PDF: {}", bill.bill_id, error.message);
        Ok(bill)
    }

    async fn attach(&self, job: &Job, bill: &Bill, has_no_file: bool) -> Result<(), StageError> {
        if !has_no_file && self.has_attachment(job, bill).await? {
            return Ok(());
        }
        let pdf = self.documents.pdf(&job.input.document.sha256).await?;
        let path = format!("bills/{}/attachment", bill.bill_id);
        match self.client.attach(job, &path, &file_name(&bill.bill_number), &pdf).await {
            Ok(_) => Ok(()),
            // It may yet arrive: a look before that would not see it. What is `Unavailable` does not wait once the breaker is open.
            Err(CallError::Unknown(error)) => {
                Err(StageError { class: Class::Transient, ..error }.with_retry_after(Some(LAG)))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn has_attachment(&self, job: &Job, bill: &Bill) -> Result<bool, CallError> {
        let answer = self.client.get(job, &format!("bills/{}", bill.bill_id), &[]).await?;
        Ok(answer.part::<Attached>("bill")?.is_any())
    }
}

/// The bill's number as the name of a file.
fn file_name(number: &str) -> String {
    let safe = |character: char| if character.is_alphanumeric() || character == '.' { character } else { '-' };
    let name: String = number.chars().map(safe).take(MAX_FILE_NAME).collect();
    format!("{name}.pdf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_bill() {
        assert_eq!(file_name("VPM/25-26/0042"), "VPM-25-26-0042.pdf");
        assert_eq!(file_name("../../etc"), "..-..-etc.pdf");
    }

    #[test]
    fn a_bill_says_that_it_has_a_file_by_name_or_by_list() {
        let has = |json: &str| serde_json::from_str::<Attached>(json).unwrap().is_any();
        assert!(has(r#"{"attachment_name": "a.pdf"}"#));
        assert!(has(r#"{"documents": [{"document_id": "1"}], "attachment_name": ""}"#));
        assert!(!has(r#"{"documents": [], "attachment_name": ""}"#));
        assert!(!has("{}"));
    }
}
