use super::*;
use crate::check::Verdict;
use contract::code;
use engine::StageError;
use runtime::Settings;
use runtime::settings::AccountRule;
use serde_json::{Value, json};

type Variables<'a> = &'a [(&'a str, &'a str)];

fn settings(variables: Variables<'_>) -> Zoho {
    let variables = variables.iter().map(|(name, value)| (format!("INVOICES__ZOHO__{name}").into(), value.into()));
    Settings::load_from(variables).unwrap().zoho
}

fn rows<T: serde::de::DeserializeOwned>(rows: Value) -> Vec<T> {
    serde_json::from_value(rows).unwrap()
}

fn accounts() -> Vec<AccountRow> {
    rows(json!([
        {"account_id": "1", "account_name": "Sales", "account_type": "income"},
        {"account_id": "2", "account_name": "Old", "account_type": "expense", "is_active": false},
        {"account_id": "3", "account_name": "Printing", "account_type": "expense", "is_active": true},
    ]))
}

fn taxes(groups: &[u32], igst: &[u32]) -> Vec<Tax> {
    let group = |rate: &u32| json!({"tax_id": "1", "tax_percentage": rate, "tax_type": "tax_group"});
    let igst_of =
        |rate: &u32| json!({"tax_id": "2", "tax_percentage": rate, "tax_type": "tax", "tax_specific_type": "igst"});
    rows(groups.iter().map(group).chain(igst.iter().map(igst_of)).collect())
}

#[test]
fn the_account_is_the_one_that_is_set_and_must_be_active() {
    let table: [(Variables<'_>, Verdict, &str); 6] = [
        (&[("ACCOUNT_ID", "1")], Verdict::Ok, "lines are booked to Sales (1)"),
        (&[("ACCOUNT_ID", "2")], Verdict::Error, "no active account has the id 2 (zoho.account_id)"),
        (&[("ACCOUNT_ID", "9")], Verdict::Error, "no active account has the id 9 (zoho.account_id)"),
        (&[("ACCOUNT_NAME", "printing")], Verdict::Ok, "lines are booked to Printing (3)"),
        (&[("ACCOUNT_NAME", "Old")], Verdict::Error, "no active account has the name Old (zoho.account_name)"),
        (&[], Verdict::Warning, "lines are booked to Printing (3), the first expense account: choose with"),
    ];
    for (set, verdict, message) in table {
        let finding = account(&settings(set), &accounts());
        assert!(finding.verdict == verdict && finding.message.starts_with(message), "{set:?}: {finding}");
    }
    assert!(account(&settings(&[]), &accounts()[..2]).is_error());
}

#[test]
fn a_rule_that_names_no_active_account_is_an_error() {
    let to = |account: &str| {
        let rule = AccountRule { vendor: None, hsn: Some("48".into()), keyword: None, account: account.into() };
        super::account(&Zoho { account_rules: vec![rule], ..settings(&[]) }, &accounts())
    };
    assert!(!to("printing").is_error() && !to("1").is_error());
    assert_eq!(to("Old").message, "no active account is Old (zoho.account_rules)");
}

#[test]
fn accounts_of_charges_that_do_not_exist_are_named_with_their_setting() {
    let unset = charges(&settings(&[]), &accounts());
    assert_eq!(unset.verdict, Verdict::Ok);
    let open = "what zoho.cess_account, zoho.other_tax_account, zoho.tcs_account would book waits for a person";
    assert!(unset.message.starts_with(open), "{unset}");
    let set =
        [("CESS_ACCOUNT", "1"), ("OTHER_TAX_ACCOUNT", "printing"), ("TCS_ACCOUNT", "3"), ("ROUND_OFF_ACCOUNT", "3")];
    let all = charges(&settings(&set), &accounts());
    assert!(all.verdict == Verdict::Ok && all.message.contains("zoho.other_tax_account is Printing (3)"), "{all}");
    let wrong = charges(&settings(&[("ROUND_OFF_ACCOUNT", "Old")]), &accounts());
    assert_eq!(wrong.verdict, Verdict::Warning);
    assert!(wrong.message.starts_with("no active account is Old (zoho.round_off_account)"), "{wrong}");
}

#[test]
fn a_unique_field_closes_what_looking_first_leaves_open() {
    assert_eq!(once(&settings(&[])).verdict, Verdict::Warning);
    assert_eq!(once(&settings(&[("UNIQUE_FIELD", "cf_invoice_id")])).verdict, Verdict::Ok);
}

#[test]
fn the_rates_of_gst_are_looked_for_within_a_state_and_across_states() {
    let all = [0, 5, 12, 18, 28, 40];
    let taxes = taxes(&all, &[18, 5]);
    let within = rates(Supply::IntraState, &taxes);
    assert_eq!(
        (within.verdict, within.message.as_str()),
        (Verdict::Ok, "tax groups of CGST and SGST of 0, 5, 12, 18, 28, 40 %")
    );
    let across = rates(Supply::InterState, &taxes);
    assert_eq!(across.verdict, Verdict::Warning);
    assert!(across.message.starts_with("IGST of 5, 18 %; none of 12, 28, 40 %"), "{across}");
    let nothing = rates(Supply::InterState, &self::taxes(&all, &[]));
    assert!(nothing.is_error() && nothing.message.starts_with("no IGST of 5, 12, 18, 28, 40 %"), "{nothing}");
}

#[test]
fn a_rate_of_zohos_with_decimals_is_the_same_rate() {
    let taxes = rows(json!([{"tax_id": "1", "tax_percentage": 18.00, "tax_type": "tax_group"}]));
    assert!(rates(Supply::IntraState, &taxes).message.contains("of 18 %; none of 5, 12, 28, 40 %"));
}

#[test]
fn currencies_are_named_and_none_is_an_error() {
    let currencies =
        rows(json!([{"currency_id": "1", "currency_code": "INR"}, {"currency_id": "2", "currency_code": "USD"}]));
    assert!(names(&currencies).message.starts_with("INR, USD;"));
    assert!(names(&[]).is_error());
}

#[test]
fn what_zoho_refuses_is_an_error_with_its_words_and_its_page() {
    let said = json!({"status": 400, "code": 2, "message": "Invalid value\u{1b}[31m passed"});
    let error = StageError::permanent(code::ZOHO_BAD_REQUEST, "refused").with_evidence(&said);
    let finding = answers(Item::Bills, &Err(error));
    assert_eq!(
        finding.to_string(),
        "error    bills: zoho.bad_request: refused: Invalid value[31m passed (docs/errors/zoho.bad_request.md)"
    );
    let stranger = StageError::unavailable(code::ZOHO_ORGANIZATION, "not the user's");
    assert_eq!(answers(Item::Bills, &Err(stranger)).verdict, Verdict::Untried);
}

#[test]
fn no_limit_and_more_than_zohos_are_warned_of() {
    let verdicts = [0, 1, 100, 101].map(|per_minute| calls(per_minute).verdict);
    assert_eq!(verdicts, [Verdict::Warning, Verdict::Ok, Verdict::Ok, Verdict::Warning]);
}

#[test]
fn what_is_not_guaranteed_is_said() {
    let findings = of_settings(&settings(&[("TOKEN_FILE", "/var/lib/invoices/token")]));
    assert_eq!(findings[1].verdict, Verdict::Ok);
    assert!(findings[2].message.contains("Not guaranteed"));
    assert_eq!(of_settings(&settings(&[]))[1].verdict, Verdict::Warning);
}
