//! Whom the services talk to: the sandbox, or the real Anthropic and Zoho if their credentials are set.

/// The settings of the services and of invoicectl, as environment variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstreams {
    pub env: Vec<(String, String)>,
    /// False if the real Anthropic is asked.
    pub sandbox_llm: bool,
    /// False if bills go to the real Zoho Books.
    pub sandbox_zoho: bool,
}

impl Upstreams {
    /// `documents` is a folder; `outside` looks up a variable of the caller's environment.
    pub fn choose(kafka: &str, sandbox: &str, documents: &str, outside: impl Fn(&str) -> Option<String>) -> Self {
        let mut env = pairs([
            ("INVOICES__KAFKA__BROKERS", kafka),
            ("INVOICES__ADMIN__LISTEN", "127.0.0.1:0"),
            ("INVOICES__DOCUMENTS__LOCATION", documents),
            // The sample PDFs are served by the sandbox, on this machine and without TLS.
            ("INVOICES__FETCH__ALLOW_HTTP", "true"),
            ("INVOICES__FETCH__ALLOW_PRIVATE_ADDRESSES", "true"),
        ]);
        let set = |name: &str| outside(name).filter(|value| !value.is_empty());
        let anthropic = set("ANTHROPIC_API_KEY");
        let zoho = real_zoho(set);
        let (sandbox_llm, sandbox_zoho) = (anthropic.is_none(), zoho.is_none());
        env.extend(match anthropic {
            Some(key) => pairs([("INVOICES__LLM__API_KEY", key.as_str())]),
            None => pairs([("INVOICES__LLM__BASE_URL", sandbox), ("INVOICES__LLM__API_KEY", "sandbox")]),
        });
        env.extend(zoho.unwrap_or_else(|| zoho_sandbox(sandbox)));
        Self { env, sandbox_llm, sandbox_zoho }
    }
}

/// All four credentials, or none of them.
fn real_zoho(set: impl Fn(&str) -> Option<String>) -> Option<Vec<(String, String)>> {
    let names = ["CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "ORGANIZATION_ID"];
    names.iter().map(|name| Some((format!("INVOICES__ZOHO__{name}"), set(&format!("ZOHO_{name}"))?))).collect()
}

/// The sandbox's books are those of the company that the samples are addressed to.
fn zoho_sandbox(sandbox: &str) -> Vec<(String, String)> {
    let (name, gstin) = samples::buyer();
    pairs([
        ("INVOICES__COMPANY__NAMES", name),
        ("INVOICES__COMPANY__GSTINS", &gstin),
        ("INVOICES__ZOHO__ACCOUNTS_URL", sandbox),
        ("INVOICES__ZOHO__API_URL", sandbox),
        ("INVOICES__ZOHO__ORGANIZATION_ID", "10234695"),
        ("INVOICES__ZOHO__CLIENT_ID", "sandbox"),
        ("INVOICES__ZOHO__CLIENT_SECRET", "sandbox"),
        ("INVOICES__ZOHO__REFRESH_TOKEN", "sandbox"),
        // The sandbox takes any number.
        ("INVOICES__ZOHO__CALLS_PER_MINUTE", "0"),
    ])
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(upstreams: &Upstreams, name: &str) -> Option<String> {
        upstreams.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn without_credentials_everything_goes_to_the_sandbox() {
        let upstreams = Upstreams::choose("k:1", "http://s", "/d", |_| None);
        assert!(upstreams.sandbox_llm && upstreams.sandbox_zoho);
        for name in ["LLM__BASE_URL", "ZOHO__ACCOUNTS_URL", "ZOHO__API_URL"] {
            assert_eq!(value(&upstreams, &format!("INVOICES__{name}")).as_deref(), Some("http://s"));
        }
    }

    #[test]
    fn real_zoho_is_used_only_with_all_its_credentials() {
        let half = |name: &str| (name == "ZOHO_CLIENT_ID" || name == "ZOHO_REFRESH_TOKEN").then(|| "x".to_owned());
        assert!(Upstreams::choose("k:1", "http://s", "/d", half).sandbox_zoho);

        let whole = |name: &str| name.starts_with("ZOHO_").then(|| "x".to_owned());
        let real = Upstreams::choose("k:1", "http://s", "/d", whole);
        assert!(!real.sandbox_zoho);
        assert_eq!(value(&real, "INVOICES__ZOHO__CLIENT_SECRET").as_deref(), Some("x"));
        assert_eq!(value(&real, "INVOICES__ZOHO__API_URL"), None);
    }

    #[test]
    fn real_anthropic_gets_its_key_and_no_other_address() {
        let key = |name: &str| (name == "ANTHROPIC_API_KEY").then(|| "key".to_owned());
        let real = Upstreams::choose("k:1", "http://s", "/d", key);
        assert!(!real.sandbox_llm);
        assert_eq!(value(&real, "INVOICES__LLM__API_KEY").as_deref(), Some("key"));
        assert_eq!(value(&real, "INVOICES__LLM__BASE_URL"), None);
    }
}
