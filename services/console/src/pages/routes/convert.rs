//! From what the view and the desk say to what the pages show.

use super::Books;
use crate::desk::Facts;
use crate::pages::findings::{Finding, Severity};
use crate::pages::invoice::Read;
use crate::pages::invoices::Row;
use crate::pages::reading::{Line, Page, Reading};
use crate::pages::{filter, review};
use crate::view;
use contract::{Bill, BillKind, Code, Warning};
use fetch_extract::extract;
use operations::Selection;

/// Nobody looks through more pages than this in one go; the PDF has them all.
const MOST_PAGES: usize = 25;

impl From<view::Invoice> for Row {
    fn from(invoice: view::Invoice) -> Self {
        Self {
            id: invoice.invoice_id.to_string(),
            state: invoice.state,
            stage: invoice.stage,
            run: invoice.run,
            attempt: invoice.attempt,
            at_ms: invoice.at_ms,
            first_seen_ms: Some(invoice.first_seen_ms),
            due_ms: invoice.due_ms,
            code: invoice.error_code,
            vendor: invoice.vendor,
            bill: invoice.bill,
            cost_usd: invoice.cost_usd,
            model: invoice.model,
        }
    }
}

impl From<&filter::Filter> for view::Filter {
    fn from(filter: &filter::Filter) -> Self {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            states: filter.states.clone(),
            stages: filter.stage.into_iter().collect(),
            code: some(&filter.code),
            vendor: some(&filter.vendor),
            text: some(&filter.text),
            from_ms: filter.from_ms(),
            to_ms: filter.to_ms(),
        }
    }
}

impl From<&review::Choice> for Selection {
    fn from(choice: &review::Choice) -> Self {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            ids: choice.ids.clone(),
            stage: choice.stage,
            code: some(&choice.code),
            class: choice.class,
            older_than_ms: choice.to_ms(),
            newer_than_ms: choice.from_ms(),
            vendor: some(&choice.vendor),
        }
    }
}

impl From<view::Letter> for review::Letter {
    fn from(letter: view::Letter) -> Self {
        Self {
            id: letter.invoice_id,
            stage: letter.stage,
            code: Code::foreign(letter.code),
            class: letter.class,
            run: letter.run,
            attempts: letter.attempts,
            message: letter.message,
            at_ms: letter.at_ms,
            record: letter.record,
            vendor: letter.vendor,
            replayable: letter.replayable,
        }
    }
}

impl From<view::Group> for review::Group {
    fn from(group: view::Group) -> Self {
        Self {
            stage: group.stage,
            code: Code::foreign(group.code),
            count: group.count,
            oldest_ms: group.oldest_ms,
            newest_ms: group.newest_ms,
        }
    }
}

impl From<llm_structure::Finding> for Finding {
    fn from(finding: llm_structure::Finding) -> Self {
        let holds = finding.severity == llm_structure::Severity::Error;
        Self {
            code: finding.code,
            severity: if holds { Severity::Error } else { Severity::Warning },
            field: finding.field,
            message: finding.message,
            expected: finding.expected,
            found: finding.found,
        }
    }
}

/// A warning that travelled with the invoice names its field before its message.
fn of_warning(warning: &Warning) -> Finding {
    let (field, message) = warning.message.split_once(": ").unwrap_or(("", &warning.message));
    Finding {
        code: Code::foreign(warning.code.clone()),
        severity: Severity::Warning,
        field: field.to_owned(),
        message: message.to_owned(),
        expected: None,
        found: None,
    }
}

/// What was read of an invoice, with the lines and pages that there are of its document. `judged` is what the checks say of it
/// where no dead letter says it.
pub(super) fn read(
    id: &str,
    facts: Facts,
    reading: Option<extract::Reading>,
    judged: Option<Vec<llm_structure::Finding>>,
) -> Read {
    let findings: Option<Vec<Finding>> = facts.findings.and_then(|findings| serde_json::from_value(findings).ok());
    let findings = findings.or_else(|| judged.map(|judged| judged.into_iter().map(Into::into).collect()));
    let warnings = || facts.warnings.iter().map(of_warning).collect();
    let findings = findings.or_else(|| facts.invoice.is_some().then(warnings));
    let pdf = facts.document.is_some().then(|| format!("/api/v1/invoices/{id}/document"));
    let reading = reading.map(|reading| pages(id, &reading)).unwrap_or_default();
    Read { reading: Reading { pdf, ..reading }, invoice: facts.invoice, evidence: facts.evidence, findings }
}

/// The pages of a document, with pictures as far as their sizes are known.
fn pages(id: &str, reading: &extract::Reading) -> Reading {
    let page = |number: u32| {
        let lines = reading.lines.iter().filter(|line| line.page == number);
        let lines = lines.map(|line| Line { text: line.text.clone(), bounds: Some(line.bounds) }).collect();
        let size = reading.page_sizes.get((number - 1) as usize).copied();
        let picture = size.map(|_| format!("/api/v1/invoices/{id}/pages/{number}.png"));
        Page { number, lines, size, picture }
    };
    let pages =
        (1..=reading.pages).take(MOST_PAGES).map(page).filter(|page| page.size.is_some() || !page.lines.is_empty());
    Reading { pages: pages.collect(), pdf: None, left_out: reading.left_out, is_scan: reading.lines.is_empty() }
}

impl Books {
    /// Where a bill, or a vendor credit, is shown.
    pub(super) fn url(&self, bill: &Bill) -> Option<String> {
        let is_id = !bill.bill_id.is_empty() && bill.bill_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let kind = if bill.kind == BillKind::VendorCredit { "vendorcredits" } else { "bills" };
        is_id.then(|| format!("{}/app/{}#/{kind}/{}", self.url, self.organization, bill.bill_id))
    }
}
