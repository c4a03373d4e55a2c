//! One word says where Zoho is, and an address that is set wins over it.

use super::{load, load_file};

fn addresses(yaml: &str) -> (String, String) {
    let zoho = load_file(yaml).unwrap().zoho;
    (zoho.accounts_url().to_owned(), zoho.api_url().to_owned())
}

#[test]
fn a_data_centre_has_its_own_log_in_and_api() {
    for end in ["in", "com", "eu", "com.au", "jp", "sa", "uk", "com.cn"] {
        let expected = (format!("https://accounts.zoho.{end}"), format!("https://www.zohoapis.{end}"));
        assert_eq!(addresses(&format!("zoho: {{data_centre: {end}}}")), expected);
    }
    let canada = ("https://accounts.zohocloud.ca".to_owned(), "https://www.zohoapis.ca".to_owned());
    assert_eq!(addresses("zoho: {data_centre: ca}"), canada);
    assert_eq!(addresses(""), addresses("zoho: {data_centre: in}"), "as before there was the setting");
}

#[test]
fn an_address_that_is_set_wins_over_the_data_centre() {
    let (accounts, api) = addresses("zoho: {data_centre: eu, accounts_url: 'http://127.0.0.1:8787'}");
    assert_eq!((accounts.as_str(), api.as_str()), ("http://127.0.0.1:8787", "https://www.zohoapis.eu"));
    let both = "zoho: {accounts_url: 'https://accounts.zoho.com', api_url: 'https://www.zohoapis.com'}";
    assert_eq!(addresses(both), addresses("zoho: {data_centre: com}"));
}

#[test]
fn an_unknown_data_centre_is_refused_with_the_known_ones() {
    let mistakes = load(&[("INVOICES__ZOHO__DATA_CENTRE", "de")]).unwrap_err().to_string();
    let expected = "zoho.data_centre (environment variable INVOICES__ZOHO__DATA_CENTRE): must be one of `in`, `com`, \
                    `eu`, `com.au`, `jp`, `ca`, `sa`, `uk`, `com.cn`";
    assert!(mistakes.ends_with(expected), "{mistakes}");
}

#[test]
fn the_token_file_is_a_path_and_not_a_file_with_the_setting() {
    let file = |path: &str| load(&[("INVOICES__ZOHO__TOKEN_FILE", path)]).map(|settings| settings.zoho.token_file);
    assert_eq!(file("/var/lib/invoices/token").unwrap().unwrap().to_str(), Some("/var/lib/invoices/token"));
    assert_eq!(file("").unwrap(), None);
    let mistakes = file("/").unwrap_err().to_string();
    assert!(mistakes.contains("zoho.token_file") && mistakes.contains("must be left out or the path"), "{mistakes}");
}
