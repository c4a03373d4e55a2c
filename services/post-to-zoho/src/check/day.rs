//! How many bills the plan's calls of a day carry.

use super::answers::{Asked, Organization};
use super::finding::{Finding, Item, plain};
use runtime::settings::Zoho;

/// Calls a day by plan, as Zoho documents them. Its support gives more to those who ask.
const PLANS: [(&str, u32); 6] = [
    ("Free", 1_000),
    ("Standard", 2_000),
    ("Professional", 5_000),
    ("Premium", 10_000),
    ("Elite", 10_000),
    ("Ultimate", 10_000),
];

pub(super) fn calls(settings: &Zoho, organizations: &Asked<Vec<Organization>>) -> Finding {
    let each = calls_per_bill(settings);
    let ours = organizations.iter().flatten().find(|one| one.organization_id.as_str() == settings.organization_id);
    let plan = ours.and_then(|ours| ours.plan_name.as_deref()).unwrap_or_default();
    let known = PLANS.iter().find(|(name, _)| plan.eq_ignore_ascii_case(name));
    let message = match known {
        Some((name, calls)) => format!("the plan is {name}: {calls}, or {} bills", calls / each),
        None => {
            let all: Vec<String> =
                PLANS.iter().map(|(name, calls)| format!("{name} {calls}, or {} bills", calls / each)).collect();
            let plan = if plan.is_empty() { String::new() } else { format!(" (the plan is {})", plain(plan)) };
            format!("by plan{plan}: {}", all.join("; "))
        }
    };
    Finding::ok(Item::CallsPerDay, format!("{message}, at {each} calls a bill and if nobody else calls"))
}

/// A look and a post; the PDF; the look for a bill that is nearly the same. Lists of vendors and taxes are read seldom.
fn calls_per_bill(settings: &Zoho) -> u32 {
    2 + u32::from(settings.attach_pdf) + u32::from(settings.hold_near_duplicates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::Settings;
    use serde_json::json;

    fn told(plan: &str, attach: &str) -> String {
        let variables = [("ORGANIZATION_ID", "7"), ("ATTACH_PDF", attach)];
        let variables = variables.map(|(name, value)| (format!("INVOICES__ZOHO__{name}").into(), value.into()));
        let organization = json!({"organization_id": "7", "plan_name": plan});
        let organizations = Ok(vec![serde_json::from_value(organization).unwrap()]);
        calls(&Settings::load_from(variables).unwrap().zoho, &organizations).message
    }

    #[test]
    fn the_plan_says_how_many_bills_a_day_carries() {
        assert!(told("PROFESSIONAL", "true").starts_with("the plan is Professional: 5000, or 1666 bills, at 3 calls"));
        assert!(told("Free", "false").starts_with("the plan is Free: 1000, or 500 bills, at 2 calls"));
        let unknown = told("TRIAL", "true");
        assert!(
            unknown.starts_with("by plan (the plan is TRIAL): Free 1000, or 333 bills; Standard 2000"),
            "{unknown}"
        );
        assert!(told("", "true").starts_with("by plan: Free 1000, or 333 bills"));
    }
}
