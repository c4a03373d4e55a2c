//! The canonical form of a PDF's URL, so that the same invoice sent twice is the same invoice.
//!
//! Signed links change with every signing. Their signature parameters are dropped, but only when a provider's
//! complete set is there: a stray `sig=` in somebody's own scheme may well name the document.

use crate::{ContentHash, InvoiceId};
use sha2::{Digest, Sha256};
use std::fmt;
use url::Url;

/// What names a document that is in the document store already: `store:` and its content hash.
pub const STORE_SCHEME: &str = "store";

/// A normalised http(s) URL without fragment, user info and provider signatures; or `store:` and a content hash.
///
/// `Debug` and `Display` show it without its query: a query may still be a credential.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CanonicalUrl(Url);

/// The text cannot be fetched as a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    #[error("pdf_url is not an absolute URL")]
    NotAUrl,
    #[error("pdf_url must begin with https://, http:// or store:")]
    Scheme,
    #[error("pdf_url is store: without the 64 hex digits of a content hash")]
    NotAHash,
}

/// The query parameters by which one storage provider signs a link.
struct Signature {
    /// All of these must be there before anything is dropped.
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

/// AWS Signature Version 4 query parameters, Google Cloud Storage V4 signed URLs, Azure shared access signatures.
const SIGNATURES: [Signature; 3] = [
    Signature {
        required: &[
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-expires",
            "x-amz-signedheaders",
            "x-amz-signature",
        ],
        optional: &["x-amz-security-token", "x-amz-content-sha256", "x-id"],
    },
    Signature {
        required: &[
            "x-goog-algorithm",
            "x-goog-credential",
            "x-goog-date",
            "x-goog-expires",
            "x-goog-signedheaders",
            "x-goog-signature",
        ],
        optional: &[],
    },
    Signature {
        required: &["sv", "sig"],
        optional: &[
            "se", "sp", "sr", "st", "spr", "sip", "skoid", "sktid", "skt", "ske", "sks", "skv", "ss", "srt", "si",
            "sdd",
        ],
    },
];

impl CanonicalUrl {
    /// # Errors
    /// When the text is neither an absolute http or https URL nor `store:` and a content hash.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        let mut url = Url::parse(text.trim()).map_err(|_| InvalidUrl::NotAUrl)?;
        if url.scheme() == STORE_SCHEME {
            return stored(&url).ok_or(InvalidUrl::NotAHash).map(|hash| Self::of_stored(&hash));
        }
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(InvalidUrl::Scheme);
        }
        url.set_fragment(None);
        url.set_username("").map_err(|()| InvalidUrl::NotAUrl)?;
        url.set_password(None).map_err(|()| InvalidUrl::NotAUrl)?;
        let unsigned = url.query().map(without_signatures);
        url.set_query(unsigned.as_deref().filter(|query| !query.is_empty()));
        Ok(Self(url))
    }

    /// The one of a document that is in the document store.
    #[must_use]
    pub fn of_stored(hash: &ContentHash) -> Self {
        Self(Url::parse(&format!("{STORE_SCHEME}:{hash}")).expect("a scheme and hex digits are a URL"))
    }

    /// The document's hash, if it is one that is in the document store.
    #[must_use]
    pub fn stored(&self) -> Option<ContentHash> {
        stored(&self.0)
    }

    /// The id of an invoice whose publisher gave none: the first 32 hex digits of SHA-256 of this URL.
    #[must_use]
    pub fn invoice_id(&self) -> InvoiceId {
        self.sha256_hex()[..32].parse().expect("hex digits are allowed in an invoice id")
    }

    /// 12 hex digits that tell two URLs of one invoice id apart; independent of the digits of the id.
    #[must_use]
    pub fn hash(&self) -> String {
        self.sha256_hex()[32..44].to_owned()
    }

    fn sha256_hex(&self) -> String {
        hex(&Sha256::digest(self.0.as_str().as_bytes()))
    }
}

impl fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_query(&self.0))
    }
}

impl fmt::Debug for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalUrl({self})")
    }
}

/// A URL as it may be shown to people: without user info, query and fragment. What has no host, and so may be content
/// itself, and what is no URL is a fixed word; a stored document's hash is not secret.
#[must_use]
pub fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.has_host() || stored(&url).is_some() => without_query(&url),
        _ => "(not a URL)".to_owned(),
    }
}

fn stored(url: &Url) -> Option<ContentHash> {
    let is_bare = url.query().is_none() && url.fragment().is_none();
    if url.scheme() == STORE_SCHEME && is_bare { url.path().to_ascii_lowercase().parse().ok() } else { None }
}

/// Lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

fn without_query(url: &Url) -> String {
    if let Some(hash) = stored(url) {
        return format!("{STORE_SCHEME}:{hash}");
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn without_signatures(query: &str) -> String {
    let pairs: Vec<(String, &str)> = query.split('&').map(|pair| (name_of(pair), pair)).collect();
    let has = |name: &str| pairs.iter().any(|(have, _)| have == name);
    let dropped: Vec<&Signature> =
        SIGNATURES.iter().filter(|signature| signature.required.iter().all(|name| has(name))).collect();
    let is_dropped = |name: &str| {
        dropped.iter().any(|signature| signature.required.contains(&name) || signature.optional.contains(&name))
    };
    let kept: Vec<&str> = pairs.iter().filter(|(name, _)| !is_dropped(name)).map(|(_, pair)| *pair).collect();
    kept.join("&")
}

fn name_of(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F1&X-Amz-Date=20260101T000000Z\
                       &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=";

    fn id(url: &str) -> InvoiceId {
        CanonicalUrl::parse(url).unwrap().invoice_id()
    }

    #[test]
    fn a_re_signed_link_is_the_same_invoice() {
        let plain = id("https://b.example/a.pdf?versionId=3");
        assert_eq!(plain, id(&format!("https://b.example/a.pdf?versionId=3&{AWS}aa")));
        assert_eq!(plain, id(&format!("https://b.example/a.pdf?{AWS}bb&versionId=3")));
        assert_eq!(
            id("https://c.example/a.pdf"),
            id("https://c.example/a.pdf?sv=2024-01-01&se=2026&sr=b&sp=r&sig=x%3D")
        );
    }

    #[test]
    fn half_a_signature_is_part_of_the_name() {
        assert_ne!(id("https://b.example/a.pdf"), id("https://b.example/a.pdf?sig=1"));
        assert_ne!(id("https://b.example/a.pdf"), id("https://b.example/a.pdf?X-Amz-Signature=1"));
    }

    #[test]
    fn spelling_fragment_and_user_info_do_not_make_another_invoice() {
        let plain = id("https://b.example/a.pdf");
        for same in ["HTTPS://B.example:443/a.pdf", "https://b.example/x/../a.pdf#p2", "https://u:p@b.example/a.pdf?"] {
            assert_eq!(plain, id(same), "{same}");
        }
    }

    #[test]
    fn only_absolute_http_urls_are_taken() {
        for bad in ["", "a.pdf", "file:///etc/passwd", "ftp://h/a.pdf", "https://", "data:,x"] {
            assert!(CanonicalUrl::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_stored_document_is_named_by_its_hash_and_by_nothing_else() {
        let hash = ContentHash::of(b"%PDF-1.7");
        let url = CanonicalUrl::parse(&format!(" STORE:{}", hash.to_string().to_uppercase())).unwrap();
        assert_eq!((url.stored(), &url), (Some(hash), &CanonicalUrl::of_stored(&hash)));
        assert_eq!(url.to_string(), format!("store:{hash}"));
        assert_eq!(CanonicalUrl::parse("https://h/a.pdf").unwrap().stored(), None);
        for bad in ["store:", "store:00", "store:../a", &format!("store://{hash}"), &format!("store:{hash}?sig=1")] {
            assert_eq!(CanonicalUrl::parse(bad), Err(InvalidUrl::NotAHash), "{bad}");
        }
    }

    #[test]
    fn a_url_is_shown_without_credentials() {
        let url = "https://user:secret@h.example:8443/a.pdf?X-Amz-Signature=secret#secret";
        assert_eq!(shown(url), "https://h.example:8443/a.pdf");
        assert!(!format!("{:?}", CanonicalUrl::parse(url).unwrap()).contains("secret"));
        assert_eq!(shown("data:application/pdf;base64,JVBERi0xLjc"), "(not a URL)");
    }
}
