//! Where a request comes from, as far as a browser says so: what another site made a browser ask is refused.

use axum::http::{HeaderMap, Uri, header, uri::Authority};
use std::net::IpAddr;

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Whether the request names this machine itself. A name that somebody else owns can be made to point here while the browser
/// believes to talk to the other.
pub(super) fn is_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let in_uri = uri.authority().is_none_or(|authority| names_loopback(authority.host()));
    in_uri && host(headers).is_some_and(|host| names_loopback(host.host()))
}

/// Whether a request that changes something, without a token of its own, may come from one of our pages. `public` is the origin by
/// which browsers know us if it is not the host that they ask.
pub(super) fn is_ours(headers: &HeaderMap, public: Option<&str>) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return !is_foreign(headers) };
    let Ok(origin) = origin.to_str() else { return false };
    if headers.get_all(header::ORIGIN).iter().count() != 1 {
        return false;
    }
    if public.is_some_and(|public| public == origin) {
        return true;
    }
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    match (authority, host(headers)) {
        (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host.as_str()) && !is_foreign(headers),
        _ => false,
    }
}

/// Whether a browser says that another site made it ask.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_SITE).is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// The one host that the request names.
fn host(headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?.parse().ok()?;
    hosts.next().is_none().then_some(host)
}

fn names_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        let is = |host: &str| is_loopback(&Uri::from_static("/"), &headers(&[("host", host)]));
        for good in ["localhost", "LOCALHOST:8480", "127.0.0.1:8480", "127.8.8.8", "[::1]:8480"] {
            assert!(is(good), "{good}");
        }
        for bad in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "[::2]", "0.0.0.0"]
        {
            assert!(!is(bad), "{bad}");
        }
        assert!(!is_loopback(&Uri::from_static("/"), &headers(&[])));
        assert!(!is_loopback(&Uri::from_static("/"), &headers(&[("host", "localhost"), ("host", "evil.example")])));
        assert!(!is_loopback(&Uri::from_static("http://evil.example/"), &headers(&[("host", "localhost")])));
    }

    #[test]
    fn what_another_site_made_a_browser_send_is_not_ours() {
        let is = |pairs: &[(&'static str, &str)]| {
            is_ours(&headers(&[&[("host", "console.example")], pairs].concat()), Some("https://public.example"))
        };
        assert!(is(&[]), "no browser");
        assert!(is(&[("origin", "https://console.example")]));
        assert!(is(&[("origin", "https://public.example")]));
        assert!(is(&[("sec-fetch-site", "same-origin")]) && is(&[("sec-fetch-site", "none")]));
        for bad in
            ["https://evil.example", "null", "", "https://console.example.evil", "https://console.example:1", "file://"]
        {
            assert!(!is(&[("origin", bad)]), "{bad}");
        }
        assert!(!is(&[("sec-fetch-site", "cross-site")]) && !is(&[("sec-fetch-site", "same-site")]));
        assert!(!is(&[("origin", "https://console.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!is(&[("origin", "https://console.example"), ("origin", "https://evil.example")]));
    }
}
