use super::*;
use crate::answer;
use crate::check::Verdict;
use crate::check::answers::{Granted, Organization};
use runtime::Settings;

fn settings(variables: &[(&str, &str)]) -> Zoho {
    let variables = variables.iter().map(|(name, value)| (format!("INVOICES__ZOHO__{name}").into(), value.into()));
    Settings::load_from(variables).unwrap().zoho
}

fn books() -> Books {
    let organization = |id: &str, name: &str| -> Organization {
        serde_json::from_value(serde_json::json!({"organization_id": id, "name": name})).unwrap()
    };
    Books {
        organizations: Ok(vec![organization("7", "Asha Traders"), organization("8", "Asha Exports")]),
        bills: Ok(()),
        vendors: Ok(()),
        accounts: Ok(Vec::new()),
        taxes: Ok(Vec::new()),
        currencies: Ok(Vec::new()),
        vendor_credits: None,
    }
}

fn granted(scope: Option<&str>) -> Answers {
    let granted = Granted { api_url: "https://www.zohoapis.in".into(), scope: scope.map(Into::into) };
    Answers { token: Ok(granted), books: None }
}

fn refused(said: &str) -> Answers {
    let error = StageError::unavailable(code::ZOHO_TOKEN_REFUSED, "no token").with_evidence(&said);
    Answers { token: Err(error), books: None }
}

#[test]
fn each_missing_credential_has_a_line_and_no_line_shows_one_that_is_set() {
    let findings = credentials(&settings(&[("CLIENT_ID", "do-not-show")]));
    assert!(findings.iter().all(Finding::is_error));
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 3);
    assert!(shown[0].starts_with("error    credentials: zoho.client_secret (not set)"), "{shown:?}");
    assert!(!shown.concat().contains("do-not-show"));
    let all = [("CLIENT_ID", "a"), ("CLIENT_SECRET", "b"), ("REFRESH_TOKEN", "c"), ("ORGANIZATION_ID", "7")];
    assert_eq!(credentials(&settings(&all))[0].verdict, Verdict::Ok);
}

#[test]
fn zohos_one_word_refusals_become_sentences() {
    let table = [
        ("invalid_code", "refresh token is wrong"),
        ("invalid_client", "no such client"),
        ("invalid_client_secret", "zoho.client_secret is not"),
        ("general_error", "zoho.token_refused: no token: general_error"),
    ];
    for (said, sentence) in table {
        let finding = token(&settings(&[]), &refused(said));
        assert!(finding.is_error() && finding.message.contains(sentence), "{finding}");
    }
}

#[test]
fn scopes_that_zoho_names_are_held_against_what_the_service_does() {
    let each = SCOPES.join(",");
    let upper = SCOPES.join(" ").to_uppercase();
    let by_module = "ZohoBooks.bills.ALL ZohoBooks.contacts.ALL ZohoBooks.settings.READ ZohoBooks.accountants.READ";
    for enough in ["ZohoBooks.fullaccess.all", &each, &upper, by_module] {
        let finding = scopes(&granted(Some(enough)), &books());
        assert_eq!(finding.verdict, Verdict::Ok, "{finding}");
    }
    let finding =
        scopes(&granted(Some("ZohoBooks.bills.READ ZohoBooks.contacts.ALL ZohoBooks.settings.READ")), &books());
    assert!(finding.is_error());
    assert!(finding.message.starts_with("ZohoBooks.bills.CREATE, ZohoBooks.accountants.READ missing"), "{finding}");
}

#[test]
fn vendor_credits_need_scopes_of_their_own_only_if_credit_notes_become_some() {
    let credits = |asked| Books { vendor_credits: Some(asked), ..books() };
    let finding = scopes(&granted(Some(&SCOPES.join(" "))), &credits(Ok(())));
    let missing = "ZohoBooks.debitnotes.CREATE, ZohoBooks.debitnotes.READ missing";
    assert!(finding.is_error() && finding.message.starts_with(missing), "{finding}");
    let all = format!("{} ZohoBooks.debitnotes.ALL", SCOPES.join(" "));
    assert_eq!(scopes(&granted(Some(&all)), &credits(Ok(()))).verdict, Verdict::Ok);
    let tried = scopes(&granted(None), &credits(Err(answer::unauthorized())));
    assert!(tried.is_error() && tried.message.contains("ZohoBooks.debitnotes.READ:"), "{tried}");
}

#[test]
fn scopes_that_zoho_does_not_name_are_told_from_what_can_be_read() {
    assert_eq!(scopes(&granted(None), &books()).verdict, Verdict::Warning);
    let books = Books { vendors: Err(answer::unauthorized()), accounts: Err(answer::unauthorized()), ..books() };
    let finding = scopes(&granted(None), &books);
    assert!(finding.is_error());
    assert!(finding.message.contains("ZohoBooks.contacts.READ, ZohoBooks.accountants.READ:"), "{finding}");
}

#[test]
fn the_organisation_must_be_one_of_the_users() {
    let judged = |id: &str, books: &Books| organisation(&settings(&[("ORGANIZATION_ID", id)]), books);
    assert_eq!(judged("7", &books()).message, "7 (Asha Traders) is there and the user's");
    let stranger = judged("9", &books());
    assert!(stranger.is_error() && stranger.message.ends_with("has 7 (Asha Traders), 8 (Asha Exports)"), "{stranger}");
    let none = Books { organizations: Ok(Vec::new()), ..books() };
    assert!(judged("7", &none).message.ends_with("the user has none"));
    let mut closed = books();
    closed.organizations.as_mut().unwrap()[0].is_org_active = Some(false);
    assert!(judged("7", &closed).is_error());
}
