//! Which invoices a person must let through, and whether one has: pure.
//!
//! What is approved is a reason for which an invoice was held, never the invoice in all respects: whoever approves a large amount
//! has not said that a changed bank account is right.

use contract::{Code, Structured, code};
use engine::StageError;
use runtime::settings::{WhichBills, Zoho};
use rust_decimal::Decimal;

/// The settings' rules.
#[derive(Debug)]
pub(crate) struct Approval {
    bills: WhichBills,
    above: Option<Decimal>,
    two_persons: bool,
}

impl Approval {
    pub(crate) fn new(settings: &Zoho) -> Self {
        Self { bills: settings.approve, above: settings.approve_above, two_persons: settings.two_persons }
    }

    /// Whether the invoice may go on although it was held for this.
    pub(crate) fn allows(&self, input: &Structured, code: &Code) -> bool {
        let approved = input.decision.as_ref().is_some_and(|decision| decision.allows(code));
        approved && !(self.two_persons && input.maker_is_checker())
    }

    /// Holds the invoice unless a person has approved it in spite of this.
    pub(crate) fn hold(&self, input: &Structured, error: StageError) -> Result<(), StageError> {
        if self.allows(input, &error.code) {
            return Ok(());
        }
        if input.decision.as_ref().is_some_and(|decision| decision.allows(&error.code)) {
            let message = "whoever approved this invoice has submitted or edited it: another person must approve it";
            return Err(StageError { message: message.to_owned(), ..error });
        }
        Err(error)
    }

    /// Holds what the settings want a person to see first.
    pub(crate) fn before_posting(&self, input: &Structured) -> Result<(), StageError> {
        if !is_chosen(self.bills, self.above, input, false) {
            return Ok(());
        }
        let message = "the settings want a person to approve this invoice before it is posted";
        self.hold(input, StageError::review(code::ZOHO_NEEDS_APPROVAL, message))
    }
}

/// Whether a rule of the settings means this invoice.
pub(crate) fn is_chosen(bills: WhichBills, above: Option<Decimal>, input: &Structured, of_new_vendor: bool) -> bool {
    let by_kind = match bills {
        WhichBills::Never => false,
        WhichBills::WithWarnings => of_new_vendor || !input.warnings.is_empty(),
        WhichBills::Always => true,
    };
    by_kind || above.is_some_and(|limit| input.invoice.total.abs() > limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use contract::{Decision, Warning};

    fn rules(bills: WhichBills, above: Option<i64>, two_persons: bool) -> Approval {
        Approval { bills, above: above.map(Decimal::from), two_persons }
    }

    fn input() -> Structured {
        fixture::structured(fixture::invoice())
    }

    fn approved(by: &str, code: Code) -> Structured {
        let decision = Decision { approved_by: by.to_owned(), approved: [code].into(), ..Decision::default() };
        let mut input = Structured { decision: Some(decision), ..input() };
        input.document.submitted_by = Some("asha".to_owned());
        input
    }

    #[test]
    fn what_the_settings_name_is_held_until_a_person_approves_it() {
        let warned = || {
            let warning = Warning { code: "check.w".to_owned(), message: "w".to_owned() };
            Structured { warnings: vec![warning], ..input() }
        };
        let holds = |rules: Approval, input: &Structured| rules.before_posting(input).is_err();
        assert!(!holds(rules(WhichBills::Never, None, false), &warned()));
        assert!(!holds(rules(WhichBills::WithWarnings, None, false), &input()));
        assert!(holds(rules(WhichBills::WithWarnings, None, false), &warned()));
        assert!(!holds(rules(WhichBills::Never, Some(1180), false), &input()));
        assert!(holds(rules(WhichBills::Never, Some(1179), false), &input()));
        assert!(holds(rules(WhichBills::Always, None, false), &input()));
        let approved = approved("ravi", code::ZOHO_NEEDS_APPROVAL);
        assert!(!holds(rules(WhichBills::Always, None, true), &approved));
    }

    #[test]
    fn an_approval_is_of_one_reason_only() {
        let approved = approved("ravi", code::ZOHO_NEAR_DUPLICATE);
        let error = rules(WhichBills::Always, None, false).before_posting(&approved).unwrap_err();
        assert_eq!((error.code, error.class), (code::ZOHO_NEEDS_APPROVAL, contract::Class::Review));
    }

    #[test]
    fn by_setting_nobody_approves_what_they_submitted_or_edited() {
        let own = approved("asha", code::ZOHO_NEEDS_APPROVAL);
        assert!(rules(WhichBills::Always, None, false).before_posting(&own).is_ok());
        let error = rules(WhichBills::Always, None, true).before_posting(&own).unwrap_err();
        assert!(error.message.contains("another person"), "{}", error.message);
        let mut edited = approved("ravi", code::ZOHO_NEEDS_APPROVAL);
        edited.decision.as_mut().unwrap().edited_by.insert("ravi".to_owned());
        assert!(rules(WhichBills::Always, None, true).before_posting(&edited).is_err());
    }
}
