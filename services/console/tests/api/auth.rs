//! Requests of those who may not: all of them are refused or do nothing.

use crate::console::{Answer, Console, HOSTILE, OPERATE, READ, SUBMIT, request};
use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header};
use contract::State;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const FAR_AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
/// What it is, method, path, headers, body, and the status and code that answer it.
type Row<'a> = (&'a str, &'a str, &'a str, Vec<(&'a str, &'a str)>, &'a str, u16, &'a str);
/// Far more than a burst.
const MANY: usize = 500;

/// The cookie and the form's word of a session that begins with the token.
fn session(console: &Console, token: &str) -> (String, String) {
    let (identity, cookie) = console.app.guard.log_in(token, FAR_AWAY).unwrap();
    let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    (cookie, identity.csrf())
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_with_the_right_code_and_changes_nothing() {
    let console = Console::guarded();
    console.know("A-1", State::Posted, 1000, HOSTILE).await;
    let (cookie, csrf) = session(&console, OPERATE);
    let (readers_cookie, readers_csrf) = session(&console, READ);
    let tampered = cookie.replace("operate", "read");
    let longer = cookie.replacen('.', "0.", 1);
    let bearer = |token: &str| format!("Bearer {token}");
    let (read, submit, operate) = (bearer(READ), bearer(SUBMIT), bearer(OPERATE));
    let auth = "authorization";
    let json_type = ("content-type", "application/json");
    let reason = r#"{"reason":"r"}"#;
    let (invoices, one, cancel) = ("/api/v1/invoices", "/api/v1/invoices/A-1", "/api/v1/invoices/A-1/cancel");
    let url = r#"{"pdf_url":"https://h.example/a.pdf"}"#;
    let long = format!("/api/v1/invoices/{}", "x".repeat(65));
    let huge = "x".repeat(3 << 20);
    let evil = ("origin", "https://evil.example");
    #[rustfmt::skip]
    let table: Vec<Row<'_>> = vec![
        // Nobody, or nobody whom the settings know.
        ("no token", "GET", invoices, vec![], "", 401, "api.unauthorized"),
        ("empty token", "GET", invoices, vec![(auth, "Bearer ")], "", 401, "api.unauthorized"),
        ("wrong token", "GET", invoices, vec![(auth, "Bearer reads-and-nothing-else-0002")], "", 401, "api.unauthorized"),
        ("part of a token", "GET", invoices, vec![(auth, "Bearer reads-and-nothing-else-000")], "", 401, "api.unauthorized"),
        ("other scheme", "GET", invoices, vec![(auth, "Basic cmVhZDpyZWFk")], "", 401, "api.unauthorized"),
        ("token as a name", "GET", invoices, vec![(auth, "Bearer operate")], "", 401, "api.unauthorized"),
        ("token in the query", "GET", "/api/v1/invoices?token=decides-everything-00000003", vec![], "", 401, "api.unauthorized"),
        ("no token for the document", "GET", "/api/v1/invoices/A-1/document", vec![], "", 401, "api.unauthorized"),
        ("no token for events", "GET", "/api/v1/events", vec![], "", 401, "api.unauthorized"),
        ("no token for the export", "GET", "/api/v1/export/invoices.csv", vec![], "", 401, "api.unauthorized"),
        // Lesser roles.
        ("reader submits", "POST", invoices, vec![(auth, &*read), json_type], url, 403, "api.forbidden"),
        ("reader cancels", "POST", cancel, vec![(auth, &*read), json_type], reason, 403, "api.forbidden"),
        ("submitter cancels", "POST", cancel, vec![(auth, &*submit), json_type], reason, 403, "api.forbidden"),
        ("submitter replays", "POST", "/api/v1/dead-letters/replay", vec![(auth, &*submit), json_type], "{}", 403, "api.forbidden"),
        ("submitter approves", "POST", "/api/v1/dead-letters/A-1/approve", vec![(auth, &*submit), json_type], reason, 403, "api.forbidden"),
        ("submitter pauses", "POST", "/api/v1/stages/post-to-zoho/pause", vec![(auth, &*submit), json_type], "{}", 403, "api.forbidden"),
        ("submitter erases", "POST", "/api/v1/invoices/A-1/erase", vec![(auth, &*submit), json_type], reason, 403, "api.forbidden"),
        ("reader's session decides", "POST", cancel, vec![("cookie", &*readers_cookie), ("x-csrf-token", &*readers_csrf), json_type], reason, 403, "api.forbidden"),
        // Cookies that are not ours, or are not sent by our pages.
        ("tampered name", "GET", invoices, vec![("cookie", &*tampered)], "", 401, "api.unauthorized"),
        ("tampered end", "GET", invoices, vec![("cookie", &*longer)], "", 401, "api.unauthorized"),
        ("made-up cookie", "GET", invoices, vec![("cookie", "invoices=9999999999.AAAA.AAAA.operate")], "", 401, "api.unauthorized"),
        ("session without the word", "POST", cancel, vec![("cookie", &*cookie), json_type], reason, 403, "api.cross_site"),
        ("session with a wrong word", "POST", cancel, vec![("cookie", &*cookie), ("x-csrf-token", "x"), json_type], reason, 403, "api.cross_site"),
        ("session with another's word", "POST", cancel, vec![("cookie", &*cookie), ("x-csrf-token", &*readers_csrf), json_type], reason, 403, "api.cross_site"),
        ("session from another site", "POST", cancel, vec![("cookie", &*cookie), ("x-csrf-token", &*csrf), evil, json_type], reason, 403, "api.cross_site"),
        ("session from nowhere", "POST", cancel, vec![("cookie", &*cookie), ("x-csrf-token", &*csrf), ("origin", "null"), json_type], reason, 403, "api.cross_site"),
        ("session from a sibling site", "POST", cancel, vec![("cookie", &*cookie), ("x-csrf-token", &*csrf), ("sec-fetch-site", "same-site"), json_type], reason, 403, "api.cross_site"),
        ("read by another site", "GET", one, vec![("cookie", &*cookie), ("sec-fetch-site", "cross-site")], "", 403, "api.cross_site"),
        ("asked for by another site", "OPTIONS", invoices, vec![evil, ("access-control-request-method", "POST")], "", 405, "api.bad_request"),
        ("wrong token beside a session", "GET", invoices, vec![("cookie", &*cookie), (auth, "Bearer wrong")], "", 401, "api.unauthorized"),
        // Paths and ids.
        ("up a folder", "GET", "/api/v1/../admin", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("up a folder, encoded", "GET", "/api/v1/invoices/..%2f..%2fetc%2fpasswd", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("encoded slash", "GET", "/api/v1/invoices/A%2F1", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("twice encoded", "GET", "/api/v1/invoices/A%252F1", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("a zero byte", "GET", "/api/v1/invoices/A-1%00.pdf/document", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("no UTF-8", "GET", "/api/v1/invoices/%ff%fe", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("new lines in an id", "GET", "/api/v1/invoices/A%0d%0aSet-Cookie:x=1/document", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("an overlong id", "GET", &*long, vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("a script as an id", "GET", "/api/v1/invoices/%3Cscript%3E", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("another file", "GET", "/api/v1/export/..%2Fconsole.db", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("a page that is none", "GET", "/api/v1/invoices/A-1/pages/-1.png", vec![(auth, &*operate)], "", 404, "api.not_found"),
        ("an unknown stage", "POST", "/api/v1/stages/..%2fcontrol/pause", vec![(auth, &*operate), json_type], "{}", 404, "api.not_found"),
        ("a doubled slash", "GET", "/api/v1//invoices", vec![], "", 404, "api.not_found"),
        // Bodies.
        ("a form for JSON", "POST", cancel, vec![(auth, &*operate), ("content-type", "application/x-www-form-urlencoded")], "reason=r", 415, "api.bad_request"),
        ("text for JSON", "POST", cancel, vec![(auth, &*operate), ("content-type", "text/plain")], reason, 415, "api.bad_request"),
        ("no content type", "POST", invoices, vec![(auth, &*submit)], url, 415, "api.bad_request"),
        ("an unknown field", "POST", cancel, vec![(auth, &*operate), json_type], r#"{"reason":"r","actor":"somebody else"}"#, 400, "api.bad_request"),
        ("another's name", "POST", invoices, vec![(auth, &*submit), json_type], r#"{"pdf_url":"https://h/a.pdf","submitted_by":"asha"}"#, 400, "api.bad_request"),
        ("no reason", "POST", cancel, vec![(auth, &*operate), json_type], r#"{"reason":" "}"#, 400, "api.bad_request"),
        ("half a JSON", "POST", cancel, vec![(auth, &*operate), json_type], r#"{"reason":"#, 400, "api.bad_request"),
        ("a local file", "POST", invoices, vec![(auth, &*submit), json_type], r#"{"pdf_url":"file:///etc/passwd"}"#, 422, "api.bad_request"),
        ("an empty list", "POST", invoices, vec![(auth, &*submit), json_type], "[]", 400, "api.bad_request"),
        ("a web page for a PDF", "POST", invoices, vec![(auth, &*submit), ("content-type", "application/pdf")], "<html>", 422, "api.bad_request"),
        ("a huge PDF", "POST", invoices, vec![(auth, &*submit), ("content-type", "application/pdf")], &*huge, 413, "api.too_large"),
        ("a huge JSON", "POST", cancel, vec![(auth, &*operate), json_type], &*huge, 413, "api.too_large"),
        ("a misspelt selection", "POST", "/api/v1/dead-letters/replay", vec![(auth, &*operate), json_type], r#"{"selection":{"stagee":"post-to-zoho"}}"#, 400, "api.bad_request"),
        // Queries.
        ("a made-up cursor", "GET", "/api/v1/invoices?after=%27%3B--", vec![(auth, &*read)], "", 400, "api.bad_request"),
        ("an unknown parameter", "GET", "/api/v1/invoices?stat=posted", vec![(auth, &*read)], "", 400, "api.bad_request"),
        ("an endless page", "GET", "/api/v1/invoices?limit=1000000", vec![(auth, &*read)], "", 400, "api.bad_request"),
        ("an endless wait", "GET", "/api/v1/invoices/A-1?wait=1h", vec![(auth, &*read)], "", 400, "api.bad_request"),
        ("another method", "DELETE", one, vec![(auth, &*operate)], "", 405, "api.bad_request"),
    ];
    assert!(table.len() >= 50);
    for (number, (name, method, path, headers, body, status, code)) in table.into_iter().enumerate() {
        let mut request = request(method, path, &headers, body);
        // Of many wrong tokens from one address the later ones are not even looked at.
        let address = SocketAddr::from(([10, 0, 0, u8::try_from(number).unwrap()], 1));
        request.extensions_mut().insert(ConnectInfo(address));
        let answer = console.ask(request).await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (status, code), "{name}: {}", answer.body);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{name}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{name}");
        assert!(
            answer.headers.get("set-cookie").is_none() && answer.headers.get("access-control-allow-origin").is_none()
        );
        assert!(!answer.body.contains("alert(1)") && !answer.body.contains("decides-everything"), "{name}");
    }
    let known = console.get(READ, "/api/v1/invoices").await.json();
    assert_eq!(known["items"].as_array().unwrap().len(), 1);
    assert_eq!(known["items"][0]["state"], "posted");
}

#[tokio::test]
async fn every_route_asks_for_its_role_and_a_session_for_the_word_of_its_page() {
    let console = Console::guarded();
    let document = console.get(READ, "/api/v1/openapi.json").await.json();
    let (cookie, _) = session(&console, OPERATE);
    let mut routes = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path
            .replace("{id}", "A-1")
            .replace("{stage}", "post-to-zoho")
            .replace("{page}", "1.png")
            .replace("{file}", "history.csv");
        for (method, operation) in methods.as_object().unwrap() {
            routes += 1;
            let method = method.to_uppercase();
            let ask = |headers: Vec<(&'static str, String)>| {
                let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                console.ask(request(&method, &path, &headers, ""))
            };
            assert_eq!(ask(vec![]).await.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            let lesser = match operation["x-role"].as_str().unwrap() {
                "submit" => vec![READ],
                "operate" => vec![READ, SUBMIT],
                _ => vec![],
            };
            for token in lesser {
                let answer = ask(vec![("authorization", format!("Bearer {token}"))]).await;
                assert_eq!(
                    (answer.status, &*answer.code()),
                    (StatusCode::FORBIDDEN, "api.forbidden"),
                    "{method} {path}"
                );
            }
            if method == "POST" {
                let answer = ask(vec![("cookie", cookie.clone())]).await;
                assert_eq!(answer.code(), "api.cross_site", "{method} {path}");
            }
        }
    }
    assert!(routes >= 25, "{routes}");
}

#[tokio::test]
async fn a_session_does_what_its_token_may_and_ends() {
    let console = Console::guarded();
    let (cookie, csrf) = session(&console, READ);
    let answer = console.ask(request("GET", "/api/v1/invoices", &[("cookie", &cookie)], "")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let headers = [("cookie", &*cookie), ("x-csrf-token", &*csrf), ("content-type", "application/json")];
    let answer = console.ask(request("POST", "/api/v1/dead-letters/A-1/check", &headers, r#"{"invoice":{}}"#)).await;
    assert_eq!(answer.code(), "api.not_found", "it was let in, and there is no such letter: {}", answer.body);
    let set = console.app.guard.log_in(READ, FAR_AWAY).unwrap().1;
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set.to_str().unwrap().contains(attribute), "{set:?}");
    }
    assert!(console.app.guard.log_out().to_str().unwrap().contains("Max-Age=0"));
    let other = Console::with(&[(
        "INVOICES__CONSOLE__TOKENS",
        r#"[{"name":"read","role":"read","token":"another-token-of-its-own"}]"#,
    )]);
    let answer = other.ask(request("GET", "/api/v1/invoices", &[("cookie", &cookie)], "")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a session ends with its token");
    let secure = Console::with(&[
        ("INVOICES__CONSOLE__TOKENS", r#"[{"name":"read","role":"read","token":"reads-and-nothing-else-0001"}]"#),
        ("INVOICES__CONSOLE__PUBLIC_URL", "https://invoices.example"),
    ]);
    let set = secure.app.guard.log_in(READ, FAR_AWAY).unwrap().1;
    assert!(set.to_str().unwrap().starts_with("__Host-invoices=") && set.to_str().unwrap().ends_with("; Secure"));
    let answer = secure.get(READ, "/api/v1/invoices").await;
    assert!(answer.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn without_tokens_only_this_machine_is_answered_and_no_other_site_through_it() {
    let console = Console::open();
    for (host, status) in
        [("127.0.0.1:8480", 200), ("[::1]:8480", 200), ("evil.example", 403), ("localhost.evil.example", 403)]
    {
        let answer = console.ask(request("GET", "/api/v1/invoices", &[("host", host)], "")).await;
        assert_eq!(answer.status.as_u16(), status, "{host}");
    }
    let json_type = ("content-type", "application/json");
    let path = "/api/v1/dead-letters/A-1/discard";
    let reason = r#"{"reason":"r"}"#;
    for foreign in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let answer = console.ask(request("POST", path, &[foreign, json_type], reason)).await;
        assert_eq!(answer.code(), "api.cross_site", "{foreign:?}");
    }
    let answer = console.ask(request("POST", path, &[json_type], reason)).await;
    assert_eq!(answer.code(), "api.not_found", "a program on this machine is let in: {}", answer.body);
}

#[tokio::test]
async fn wrong_tokens_are_slowed_down_and_right_ones_from_there_are_not() {
    let console = Console::guarded();
    let first = console.get("wrong-0", "/api/v1/totals").await;
    assert_eq!(first.status, StatusCode::UNAUTHORIZED);
    let slowed = until_slowed(&console, "wrong-1").await;
    assert_eq!(slowed.code(), "api.rate_limited");
    assert_eq!(console.get(READ, "/api/v1/totals").await.status, StatusCode::OK);
    let limited = Console::with(&[
        ("INVOICES__CONSOLE__TOKENS", r#"[{"name":"read","role":"read","token":"reads-and-nothing-else-0001"}]"#),
        ("INVOICES__CONSOLE__REQUESTS_PER_MINUTE", "60"),
    ]);
    let slowed = until_slowed(&limited, READ).await;
    assert_eq!(
        (slowed.code(), &slowed.headers[header::RETRY_AFTER]),
        ("api.rate_limited".to_owned(), &"1".parse().unwrap())
    );
}

async fn until_slowed(console: &Console, token: &str) -> Answer {
    for _ in 0..MANY {
        let answer = console.get(token, "/api/v1/totals").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return answer;
        }
    }
    panic!("{MANY} requests were let through");
}

#[tokio::test]
async fn what_was_refused_is_counted_by_reason_and_no_label_is_a_strangers() {
    let console = Console::guarded();
    console.ask(request("BREW", "/api/v1/%3Cscript%3E", &[], "")).await;
    console.get("wrong", "/api/v1/totals").await;
    console.post(READ, "/api/v1/invoices", &json!({})).await;
    let text = prometheus::TextEncoder::new().encode_to_string(&console.registry.gather()).unwrap();
    for line in [
        r#"invoice_console_refused_total{reason="token"} 1"#,
        r#"invoice_console_refused_total{reason="role"} 1"#,
        r#"invoice_console_requests_total{method="other",route="other",status="404"} 1"#,
        r#"invoice_console_requests_total{method="GET",route="/api/v1/totals",status="401"} 1"#,
        "invoice_console_view_caught_up 1",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains("script"));
}

#[tokio::test]
async fn no_search_is_more_than_words() {
    let console = Console::guarded();
    console.know("A-1", State::Posted, 1000, "Acme Traders").await;
    console.know("B-2", State::Posted, 2000, HOSTILE).await;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for field in ["q", "vendor", "code"] {
        for hostile in [
            "'; DROP TABLE invoice; --",
            "' OR '1'='1",
            "\" OR \"a\"",
            "acme NEAR(traders",
            "acme\" OR vendor:*",
            "*",
            "^acme",
            "-acme",
            "{id vendor}: acme",
            "a\0b",
            "NOT",
            "(",
            "%",
            "\\",
        ] {
            let answer = console.get(READ, &format!("/api/v1/invoices?{field}={}", encode(hostile))).await;
            assert_eq!(answer.status, StatusCode::OK, "{field}={hostile}: {}", answer.body);
        }
    }
    let found = |answer: Value| answer["items"].as_array().unwrap().len();
    assert_eq!(found(console.get(READ, "/api/v1/invoices?q=acme").await.json()), 1);
    assert_eq!(found(console.get(READ, "/api/v1/invoices").await.json()), 2, "nothing was dropped");
    let id = encode("' OR 1=1");
    let answer = console.get(READ, &format!("/api/v1/dead-letters?id={id}")).await;
    assert_eq!(answer.code(), "api.bad_request");
}

#[tokio::test]
async fn a_strangers_words_stay_data_in_every_format() {
    let console = Console::guarded();
    console.know("A-1", State::Posted, 1000, HOSTILE).await;
    console.know("A-2", State::Posted, 2000, "=cmd|' /C calc'!A0").await;
    let list = console.get(READ, "/api/v1/invoices").await;
    assert_eq!(list.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(list.json()["items"][1]["vendor"], HOSTILE);
    assert!(list.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert_eq!(list.headers[header::CACHE_CONTROL], "no-store");
    let csv = console.get(READ, "/api/v1/export/invoices.csv").await;
    assert!(csv.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    assert!(csv.body.contains(",'=cmd|' /C calc'!A0,") && !csv.body.contains(",=cmd"), "{}", csv.body);
    let lines = console.get(READ, "/api/v1/export/invoices.jsonl").await;
    let lines: Vec<Value> = lines.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[1]["vendor"], HOSTILE);
}
