//! What the checks have found about an invoice: what fails, what is odd, and what has passed, in the words of a person.

use super::words;
use contract::{Code, code};
use maud::{Markup, html};
use serde::Deserialize;

/// Something wrong or odd about one field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    /// Such as `lines[2].amount`.
    #[serde(default)]
    pub field: String,
    pub message: String,
    #[serde(default)]
    pub expected: Option<String>,
    #[serde(default)]
    pub found: Option<String>,
}

/// Whether it holds the invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

impl Finding {
    /// Those of a dead letter's evidence, if that is what it holds.
    #[must_use]
    pub fn of_evidence(json: &str) -> Vec<Self> {
        serde_json::from_str(json).unwrap_or_default()
    }

    #[must_use]
    pub fn holds(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The checks, each with the codes that it gives.
const CHECKS: [(&str, &[Code]); 9] = [
    ("It is a bill to pay", &[code::CHECK_NOT_A_BILL]),
    (
        "Nothing that a bill needs is missing",
        &[code::CHECK_FIELD_MISSING, code::LLM_WRONG_SHAPE, code::CHECK_NUMBER_SHAPE],
    ),
    ("The figures add up", &[code::CHECK_ARITHMETIC]),
    ("Every value is printed in the PDF", &[code::CHECK_NOT_GROUNDED, code::CHECK_SCAN]),
    ("No value stands behind another’s label", &[code::CHECK_OTHER_LABEL]),
    ("The GSTINs are valid, and it is addressed to us", &[code::CHECK_GSTIN, code::CHECK_NOT_OURS]),
    ("The taxes fit the law and the states", &[code::CHECK_TAX_SPLIT, code::CHECK_TAX_RATE]),
    ("The dates can be", &[code::CHECK_DATE]),
    ("The text does not speak to the machine", &[code::CHECK_INSTRUCTIONS]),
];

/// All checks with how each ended.
#[must_use]
pub fn checklist(findings: &[Finding]) -> Markup {
    html! {
        ul.checks {
            @for (name, codes) in CHECKS {
                @let of: Vec<&Finding> = findings
                    .iter()
                    .filter(|finding| codes.contains(&finding.code))
                    .collect();
                @let (class, icon, word) = ended(&of);
                li class=(class) {
                    span.icon aria-hidden="true" { (icon) }
                    " "
                    (name)
                    ": "
                    strong { (word) }
                }
            }
        }
    }
}

fn ended(findings: &[&Finding]) -> (&'static str, &'static str, &'static str) {
    if findings.iter().any(|finding| finding.holds()) {
        ("fails", "✕", "fails")
    } else if findings.is_empty() {
        ("passes", "✓", "passes")
    } else {
        ("odd", "!", "passes, with a warning")
    }
}

/// The checks of an invoice, and what they have found. `is_posted`: whatever fails, a bill was made.
#[must_use]
pub fn card(found: &[Finding], is_posted: bool) -> Markup {
    html! {
        section.card aria-labelledby="checks-title" {
            h2 #checks-title { "Checks" }
            @if is_posted && found.iter().any(Finding::holds) {
                p.sub { "A bill was made in spite of what fails: see “What happened” for who approved it." }
            }
            (checklist(found))
            @if !found.is_empty() {
                h3 { "What was found" }
                (list(found))
            }
        }
    }
}

/// Each finding with its field, which a script leads to.
#[must_use]
pub fn list(findings: &[Finding]) -> Markup {
    html! {
        @if findings.is_empty() {
            p.passes {
                span.icon aria-hidden="true" { "✓" }
                " All checks pass."
            }
        } @else {
            ul.findings {
                @for finding in findings { (one(finding)) }
            }
        }
    }
}

fn one(finding: &Finding) -> Markup {
    let (class, icon, word) = if finding.holds() { ("fails", "✕", "Error") } else { ("odd", "!", "Warning") };
    html! {
        li class=(class) data-field=(finding.field) data-message=(finding.message) {
            span.icon aria-hidden="true" { (icon) }
            span.unseen { (word) ": " }
            @if !finding.field.is_empty() {
                a href={ "#" (anchor(&finding.field)) } { (words::field(&finding.field)) }
                ": "
            }
            (finding.message)
            @if let Some(found) = &finding.found {
                " (is "
                code { (found) }
                @if let Some(expected) = &finding.expected {
                    ", would have to be "
                    code { (expected) }
                }
                ")"
            }
        }
    }
}

/// Where the field of a finding stands on the page.
#[must_use]
pub fn anchor(field: &str) -> String {
    format!("field-{}", form_name(field).replace('.', "-"))
}

/// The name in the form of a finding's field: `lines[2].amount` is `lines.2.amount`.
#[must_use]
pub fn form_name(field: &str) -> String {
    words::line_field(field).map_or_else(|| field.to_owned(), |(index, name)| format!("lines.{index}.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{Class, code::CATALOGUE};

    #[test]
    fn every_code_of_the_checks_belongs_to_a_check() {
        for (code, class) in CATALOGUE {
            if code.as_str().starts_with("check.") && *class == Class::Review {
                assert!(CHECKS.iter().any(|(_, codes)| codes.contains(code)), "{code}");
            }
        }
    }

    #[test]
    fn evidence_of_another_shape_is_no_findings() {
        let json = r#"[{"code":"check.arithmetic","severity":"error","field":"total","message":"m","expected":"2","found":"1"}]"#;
        assert_eq!(Finding::of_evidence(json).len(), 1);
        assert_eq!(Finding::of_evidence(r#"{"status":429}"#), []);
    }

    #[test]
    fn a_finding_leads_to_its_field_and_is_only_text() {
        let finding = Finding {
            code: code::CHECK_ARITHMETIC,
            severity: Severity::Error,
            field: "lines[2].amount".into(),
            message: "<img src=x onerror=alert(1)>".into(),
            expected: None,
            found: Some("\"><script>".into()),
        };
        let shown = list(&[finding]).into_string();
        assert!(
            shown.contains("href=\"#field-lines-2-amount\"") && !shown.contains("<img") && !shown.contains("<script")
        );
    }
}
