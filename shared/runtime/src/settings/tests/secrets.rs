//! No secret is ever shown, and a missing one is named by the service that needs it.

use super::{Files, keys, load};
use crate::Settings;
use crate::settings::environment::variable;
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};

const SECRET: &str = "sk-do-not-show";

#[test]
fn a_secret_is_read_from_a_file_and_set_only_once() {
    let files = Files::new();
    let key = files.write("key", &format!("{SECRET}\n"));
    let settings = load(&[("INVOICES__LLM__API_KEY_FILE", &key)]).unwrap();
    assert_eq!(settings.llm.api_key.expose_secret(), SECRET);
    let both = load(&[("INVOICES__LLM__API_KEY_FILE", &key), ("INVOICES__LLM__API_KEY", SECRET)]);
    assert_eq!(keys(both), ["llm.api_key"]);
}

#[test]
fn secrets_show_neither_in_debug_nor_in_the_dump() {
    let settings = load(&[
        ("INVOICES__LLM__API_KEY", SECRET),
        ("INVOICES__ZOHO__CLIENT_ID", SECRET),
        ("INVOICES__ZOHO__CLIENT_SECRET", SECRET),
        ("INVOICES__ZOHO__REFRESH_TOKEN", SECRET),
        ("INVOICES__KAFKA__PROPERTIES__SASL_PASSWORD", SECRET),
        ("INVOICES__KAFKA__PROPERTIES__SASL_JAAS_CONFIG", SECRET),
        ("INVOICES__KAFKA__PROPERTIES__SSL_KEY_PEM", SECRET),
        ("INVOICES__KAFKA__PROPERTIES__SASL_OAUTHBEARER_CLIENT_SECRET", SECRET),
        ("INVOICES__KAFKA__PROPERTIES__SASL_USERNAME", "shown"),
        ("INVOICES__DOCUMENTS__LOCATION", "s3://bucket"),
        ("INVOICES__DOCUMENTS__OPTIONS__AWS_SECRET_ACCESS_KEY", SECRET),
        ("INVOICES__DOCUMENTS__OPTIONS__AWS_ACCESS_KEY_ID", SECRET),
        ("INVOICES__DOCUMENTS__OPTIONS__GOOGLE_SERVICE_ACCOUNT", SECRET),
        ("INVOICES__DOCUMENTS__OPTIONS__AZURE_STORAGE_SAS_TOKEN", SECRET),
        ("INVOICES__DOCUMENTS__OPTIONS__AWS_REGION", "shown"),
    ])
    .unwrap();
    let dump = settings.redacted();
    assert!(!format!("{settings:?}{settings:#?}{dump}").contains(SECRET));
    assert_eq!(dump["llm"]["api_key"], json!("***"));
    assert_eq!(dump["kafka"]["properties"]["sasl.password"], json!("***"));
    assert_eq!(dump["kafka"]["properties"]["sasl.username"], json!("shown"));
    assert_eq!(dump["documents"]["options"]["aws_region"], json!("shown"));
    assert_eq!(load(&[]).unwrap().redacted()["llm"]["api_key"], json!(""), "one sees that none is set");
}

#[test]
fn the_consoles_tokens_are_read_from_a_file_of_json_and_shown_without_their_secrets() {
    let files = Files::new();
    let list = format!(r#"[{{"name":"asha","role":"operate","token":"{SECRET}-0000"}}]"#);
    let file = files.write("tokens.json", &list);
    let settings = load(&[("INVOICES__CONSOLE__TOKENS_FILE", &file)]).unwrap();
    assert_eq!(settings.console.tokens[0].token.expose_secret(), format!("{SECRET}-0000"));
    let dump = settings.redacted();
    assert!(!format!("{settings:?}{dump}").contains(SECRET));
    assert_eq!(dump["console"]["tokens"], json!([{ "name": "asha", "role": "operate", "token": "***" }]));
    assert_eq!(keys(load(&[("INVOICES__CONSOLE__TOKENS", "[{")])), ["console.tokens"]);
}

#[test]
fn a_secret_put_under_any_key_by_mistake_does_not_show_in_the_errors() {
    let variables: Vec<(String, String)> =
        leaves("", &load(&[]).unwrap().redacted()).into_iter().map(|key| (variable(&key), SECRET.to_owned())).collect();
    let mistakes = Settings::load_from(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
    let mistakes = mistakes.unwrap_err();
    assert!(mistakes.iter().count() > 30);
    assert!(!format!("{mistakes}{mistakes:?}").contains(SECRET), "{mistakes}");
}

#[test]
fn missing_credentials_are_listed_by_the_service_that_needs_them() {
    let settings = load(&[("INVOICES__ZOHO__CLIENT_ID", "id")]).unwrap();
    let missing = settings.zoho.require().unwrap_err();
    let at: Vec<_> = missing.iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!(at, ["zoho.client_secret", "zoho.organization_id", "zoho.refresh_token"]);
    let llm = settings.llm.require().unwrap_err().to_string();
    assert!(llm.contains("set INVOICES__LLM__API_KEY, or INVOICES__LLM__API_KEY_FILE"), "{llm}");
    assert!(load(&[("INVOICES__LLM__API_KEY", "k")]).unwrap().llm.require().is_ok());
}

fn leaves(prefix: &str, value: &Json) -> Vec<String> {
    match value {
        Json::Object(section) => {
            section.iter().flat_map(|(key, value)| leaves(&format!("{prefix}{key}."), value)).collect()
        }
        _ => vec![prefix.trim_end_matches('.').to_owned()],
    }
}
