use super::*;

fn status(text: &str) -> Status {
    serde_json::from_str(text).unwrap()
}

fn is_found(text: &str) -> bool {
    let status = status(
        r#"{"run":1,"stage":"post-to-zoho","state":"posted","attempt":1,"at_ms":1,"url_hash":"00","bill":{"bill_id":"460000017",
        "bill_number":"KP/2026-0815","vendor_id":"1","vendor_name":"Kaveri Papier GmbH","currency":"INR","total":"1"}}"#,
    );
    let prefixes: Vec<String> = split(text).collect();
    are_begun_by("INV-7.b", &status, Some("Kaveri Papier GmbH"), &prefixes)
}

#[test]
fn an_invoice_is_found_by_the_beginning_of_any_word_of_its_id_vendor_bill_number_and_bill_id() {
    for found in ["inv", "INV-7", "b", "kav", "gmbh", "Papier Kaveri", "0815", "kp 2026", "4600", "460000017"] {
        assert!(is_found(found), "{found}");
    }
    for other in ["averi", "kaverix", "815", "posted", "kaveri paper"] {
        assert!(!is_found(other), "{other}");
    }
}

#[test]
fn no_text_of_anybody_is_taken_for_a_tag() {
    let forged = state_tag(State::Dead);
    let status = status(r#"{"run":1,"stage":"post-to-zoho","state":"running","attempt":1,"at_ms":1,"url_hash":"00"}"#);
    let words = Words::of("i", &status, Some(&format!("{forged} ·inv \" OR NOT")));
    assert!(!words.text().split(' ').any(|word| word == forged), "{}", words.text());
    assert!(words.text().bytes().all(|byte| byte != b'"'));
}

#[test]
fn a_question_holds_nothing_but_letters_digits_and_our_own_marks() {
    let text = "kav\"eri* OR (x) NEAR ^{: - + AND";
    for word in split(text) {
        let asked = begun_by(&word, None, Closeness::Exact);
        assert!(word.chars().all(char::is_alphanumeric) && asked.matches('"').count() == 4, "{asked}");
    }
}

#[test]
fn no_two_states_or_stages_share_a_tag() {
    use State::{Cancelled, Dead, Discarded, Erased, Parked, Posted, Retrying, Review, Running};
    let states = [Running, Retrying, Parked, Review, Posted, Dead, Discarded, Cancelled, Erased].map(state_tag);
    let tags: BTreeSet<String> = states.into_iter().chain(Stage::ALL.map(stage_tag)).collect();
    assert_eq!(tags.len(), 12);
}

#[test]
fn a_rough_question_asks_for_the_longest_prefix_that_there_is_a_list_of() {
    for (word, asked) in
        [("a", "·a"), ("abcde", "·abcd"), ("460000000000", "·460000000000"), ("46000000001", "·46000000")]
    {
        let question = begun_by(word, None, Closeness::Rough);
        assert!(question.starts_with(&format!("(\"{asked}\"*")), "{question}");
        assert_eq!(is_exact(word), asked.trim_start_matches(ID) == word);
    }
}
