//! What a token file is worth: a function of its text, of who reads it, and of the time.
//!
//! The file is for the next process of the same replica. It holds an access token and when tokens were taken, and of
//! the credentials only a fingerprint, so that it is worth nothing to whoever has other ones.

use super::pace::WINDOW;
use runtime::settings::Zoho;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The form of the file. Another version may mean something else by the same words.
const FORM: u32 = 1;
/// Tokens live an hour. A clock that was put back must not make one live longer.
const LONGEST: Duration = Duration::from_secs(3600);

/// Whose tokens they are. SHA-256 over client, refresh token, organisation and log-in server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Fingerprint(String);

/// The file's text, with times as seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
struct Page {
    form: u32,
    fingerprint: Fingerprint,
    token: Option<Entry>,
    /// When each token that was taken of late counts no longer.
    counted_until: Vec<u64>,
    /// Until when Zoho refuses to give more.
    refused_until: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(serialize_with = "expose")]
    access_token: SecretString,
    api_domain: Option<String>,
    renew_at: u64,
    expires_at: u64,
}

/// What one process leaves for the next.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) token: Option<KeptToken>,
    /// For how much longer each token that was taken counts.
    pub(super) counted_for: Vec<Duration>,
    /// For how much longer Zoho refuses to give more.
    pub(super) refused_for: Option<Duration>,
}

/// A token that is good for some time yet.
#[derive(Debug)]
pub(super) struct KeptToken {
    pub(super) access_token: SecretString,
    /// As Zoho named it.
    pub(super) api_domain: Option<String>,
    /// When to take the next one.
    pub(super) renew_in: Duration,
    pub(super) expires_in: Duration,
}

/// Why a file is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Worthless {
    #[error("is not a token file of this version")]
    Unreadable,
    #[error("belongs to another client, refresh token, organisation or log-in server")]
    OfAnother,
}

impl Fingerprint {
    pub(super) fn of(settings: &Zoho) -> Self {
        let mut hash = Sha256::new_with_prefix("invoices zoho token file\0");
        for part in [
            settings.client_id.expose_secret(),
            settings.refresh_token.expose_secret(),
            &settings.organization_id,
            settings.accounts_url().trim_end_matches('/'),
        ] {
            // With its length, so that no two of them run into each other.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Kept {
    /// What there is to go on with. A token that is to be renewed by now is none; what was taken counts all the same.
    pub(super) fn read(text: &str, owner: &Fingerprint, now: u64) -> Result<Self, Worthless> {
        let page: Page = serde_json::from_str(text).map_err(|_| Worthless::Unreadable)?;
        if page.form != FORM {
            return Err(Worthless::Unreadable);
        }
        if page.fingerprint != *owner {
            return Err(Worthless::OfAnother);
        }
        Ok(Self {
            token: page.token.and_then(|entry| entry.at(now)),
            counted_for: page.counted_until.iter().filter_map(|end| left(*end, now, WINDOW)).collect(),
            refused_for: page.refused_until.and_then(|end| left(end, now, WINDOW)),
        })
    }

    /// The text to keep.
    pub(super) fn write(self, owner: &Fingerprint, now: u64) -> String {
        let page = Page {
            form: FORM,
            fingerprint: owner.clone(),
            token: self.token.map(|token| Entry {
                access_token: token.access_token,
                api_domain: token.api_domain,
                renew_at: now + token.renew_in.as_secs(),
                expires_at: now + token.expires_in.as_secs(),
            }),
            // A second too long rather than too short.
            counted_until: self.counted_for.iter().map(|left| now + left.as_secs() + 1).collect(),
            refused_until: self.refused_for.map(|left| now + left.as_secs() + 1),
        };
        serde_json::to_string(&page).expect("all keys are text and no field's Serialize can fail")
    }
}

impl Entry {
    fn at(self, now: u64) -> Option<KeptToken> {
        let expires_in = left(self.expires_at, now, LONGEST)?;
        let renew_in = left(self.renew_at, now, expires_in)?;
        Some(KeptToken { access_token: self.access_token, api_domain: self.api_domain, renew_in, expires_in })
    }
}

/// The time until then, if there is any; at most `longest`, whatever the clocks did.
fn left(end: u64, now: u64, longest: Duration) -> Option<Duration> {
    let left = end.checked_sub(now).filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(left).min(longest))
}

fn expose<S: Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::Settings;

    const NOW: u64 = 1_800_000_000;

    fn settings(extra: &[(&str, &str)]) -> Zoho {
        let common = [("ORGANIZATION_ID", "7"), ("CLIENT_ID", "client"), ("REFRESH_TOKEN", "refresh")];
        let all = common.iter().chain(extra).map(|(name, value)| (format!("INVOICES__ZOHO__{name}"), value));
        let last: std::collections::BTreeMap<_, _> = all.collect();
        Settings::load_from(last.into_iter().map(|(name, value)| (name.into(), value.into()))).unwrap().zoho
    }

    fn owner() -> Fingerprint {
        Fingerprint::of(&settings(&[]))
    }

    fn kept() -> String {
        let token = KeptToken {
            access_token: "1000.ab.cd".into(),
            api_domain: Some("https://www.zohoapis.in".to_owned()),
            renew_in: Duration::from_secs(3300),
            expires_in: Duration::from_secs(3600),
        };
        let counted_for = vec![Duration::from_secs(100), WINDOW];
        Kept { token: Some(token), counted_for, refused_for: Some(Duration::from_secs(50)) }.write(&owner(), NOW)
    }

    #[test]
    fn a_token_is_worth_something_until_it_is_to_be_renewed() {
        for (later, renew_in) in [(0, Some(3300)), (3299, Some(1)), (3300, None), (3601, None), (1 << 40, None)] {
            let kept = Kept::read(&kept(), &owner(), NOW + later).unwrap();
            assert_eq!(kept.token.map(|token| token.renew_in.as_secs()), renew_in, "{later}");
        }
        let token = Kept::read(&kept(), &owner(), NOW + 1).unwrap().token.unwrap();
        assert_eq!(token.access_token.expose_secret(), "1000.ab.cd");
        assert_eq!(token.api_domain.as_deref(), Some("https://www.zohoapis.in"));
    }

    #[test]
    fn what_was_taken_counts_also_when_the_token_is_worth_nothing() {
        let text = kept().replace("\"renew_at\":1800003300", "\"renew_at\":1800000000");
        let kept = Kept::read(&text, &owner(), NOW + 60).unwrap();
        assert!(kept.token.is_none());
        assert_eq!(kept.counted_for, [Duration::from_secs(41), Duration::from_secs(541)]);
        assert_eq!(kept.refused_for, None);
    }

    #[test]
    fn a_clock_that_was_put_back_makes_nothing_last_longer() {
        let kept = Kept::read(&kept(), &owner(), NOW - 1_000_000).unwrap();
        assert_eq!(kept.token.unwrap().renew_in, LONGEST);
        assert_eq!(kept.counted_for, [WINDOW, WINDOW]);
        assert_eq!(kept.refused_for, Some(WINDOW));
    }

    #[test]
    fn a_file_of_other_credentials_is_worth_nothing() {
        let others = [
            ("CLIENT_ID", "another"),
            ("REFRESH_TOKEN", "another"),
            ("ORGANIZATION_ID", "8"),
            ("ACCOUNTS_URL", "https://accounts.zoho.eu"),
        ];
        for other in others {
            let other = Fingerprint::of(&settings(&[other]));
            assert_eq!(Kept::read(&kept(), &other, NOW).unwrap_err(), Worthless::OfAnother);
        }
        let same = [("CLIENT_SECRET", "another"), ("ACCOUNTS_URL", "https://accounts.zoho.in/")];
        assert!(Kept::read(&kept(), &Fingerprint::of(&settings(&same)), NOW).is_ok());
    }

    #[test]
    fn what_is_not_a_token_file_is_worth_nothing() {
        let of_tomorrow = kept().replace("\"form\":1", "\"form\":2");
        let negative = kept().replace("1800003300", "-1");
        for text in ["", "{}", "null", "1000.ab.cd", &kept()[..40], &of_tomorrow, &negative] {
            assert_eq!(Kept::read(text, &owner(), NOW).unwrap_err(), Worthless::Unreadable, "{text}");
        }
    }

    #[test]
    fn no_credential_stands_in_the_file() {
        let text = kept();
        assert!(!text.contains("client") && !text.contains("refresh\""), "{text}");
    }
}
