//! A browser's session, as a signed cookie: whoever holds one has shown a token before.
//!
//! Nothing is kept on the server, so that any replica can check it. The key of the signature is made from the token that was
//! shown: a token that is taken out of the settings, or changed, ends its sessions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;

/// What the signatures of one token's sessions are made with.
#[derive(Clone)]
pub(super) struct Key([u8; 32]);

/// A session that somebody has shown, signature not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown<'a> {
    pub(super) name: &'a str,
    ends_s: u64,
    nonce: &'a str,
    signature: &'a str,
}

impl Key {
    /// Of the sessions that begin with this token.
    pub(super) fn of(token: &[u8]) -> Self {
        Self(signed(token, &["invoices console sessions"]))
    }

    /// The cookie's value for a session that ends at that second of the Unix era.
    pub(super) fn session(&self, name: &str, ends_s: u64) -> String {
        let nonce = BASE64.encode(rand::random::<[u8; 12]>());
        let signature = self.sign(&["session", name, &ends_s.to_string(), &nonce]);
        format!("{ends_s}.{nonce}.{signature}.{name}")
    }

    /// Whether the session is signed with this key and has not ended.
    pub(super) fn holds(&self, shown: &Shown<'_>, now_s: u64) -> bool {
        let parts = ["session", shown.name, &shown.ends_s.to_string(), shown.nonce];
        self.verify(&parts, shown.signature) && now_s < shown.ends_s
    }

    /// What the forms of a session carry, and no other site knows.
    pub(super) fn csrf(&self, session: &str) -> String {
        self.sign(&["csrf", session])
    }

    /// Whether a form is of this session.
    pub(super) fn is_csrf(&self, session: &str, shown: &str) -> bool {
        self.verify(&["csrf", session], shown)
    }

    fn sign(&self, parts: &[&str]) -> String {
        BASE64.encode(signed(&self.0, parts))
    }

    /// In a time that does not depend on where the two differ.
    fn verify(&self, parts: &[&str], signature: &str) -> bool {
        BASE64.decode(signature).is_ok_and(|bytes| message(&self.0, parts).verify_slice(&bytes).is_ok())
    }
}

impl<'a> Shown<'a> {
    /// Takes a cookie's value apart.
    pub(super) fn parse(cookie: &'a str) -> Option<Self> {
        let mut parts = cookie.splitn(4, '.');
        let (ends_s, nonce, signature, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Self { name, ends_s: ends_s.parse().ok()?, nonce, signature })
    }

    /// What tells this session from others of the same token.
    pub(super) const fn nonce(&self) -> &str {
        self.nonce
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

/// Each part goes in with its length, so that no two lists of parts are the same message.
fn message(key: &[u8], parts: &[&str]) -> Hmac<Sha256> {
    let mut message = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        message.update(&(part.len() as u64).to_be_bytes());
        message.update(part.as_bytes());
    }
    message
}

fn signed(key: &[u8], parts: &[&str]) -> [u8; 32] {
    message(key, parts).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &[u8] = b"a-token-of-24-characters";

    fn holds(cookie: &str, now_s: u64) -> bool {
        Shown::parse(cookie).is_some_and(|shown| Key::of(TOKEN).holds(&shown, now_s))
    }

    #[test]
    fn a_session_holds_until_its_end_and_only_as_it_was_given() {
        let cookie = Key::of(TOKEN).session("asha", 1000);
        assert!(holds(&cookie, 999));
        assert!(!holds(&cookie, 1000), "it has ended");
        assert!(!holds(&cookie.replacen("1000", "9999", 1), 999), "a later end is not signed");
        assert!(!holds(&cookie.replace("asha", "ravi"), 999), "another name is not signed");
        assert!(!holds(&Key::of(b"another-of-24-characters").session("asha", 1000), 999), "of another token");
        for bad in ["", "...", "1000", "1000.a.b", &cookie[1..], &format!("{cookie}x"), "-1.a.b.asha", "1000..."] {
            assert!(!holds(bad, 0), "{bad}");
        }
    }

    #[test]
    fn a_form_is_of_one_session() {
        let key = Key::of(TOKEN);
        assert!(key.is_csrf("one", &key.csrf("one")));
        assert!(!key.is_csrf("two", &key.csrf("one")));
        assert!(!key.is_csrf("one", "") && !key.is_csrf("one", "x"));
        assert!(!key.is_csrf("one", &Key::of(b"another-of-24-characters").csrf("one")));
    }
}
