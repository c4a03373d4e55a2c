//! The pages on the real router: who sees them, what forms they take, and that what strangers write is only text.

use crate::console::{Answer, Console, HOSTILE, OPERATE, READ, SUBMIT, request};
use axum::http::{StatusCode, header};
use contract::State;
use std::net::Ipv4Addr;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const FORMS: [&str; 11] = [
    "/invoices/A-1/cancel",
    "/invoices/A-1/erase",
    "/review/replay",
    "/review/replay/run",
    "/review/A-1/check",
    "/review/A-1/approve",
    "/review/A-1/replay",
    "/review/A-1/discard",
    "/stages/post-to-zoho/pause",
    "/stages/post-to-zoho/resume",
    "/submit",
];

/// Somebody at a browser.
struct Browser<'a> {
    console: &'a Console,
    cookie: String,
    csrf: String,
}

impl<'a> Browser<'a> {
    fn logged_in(console: &'a Console, token: &str) -> Self {
        let (identity, cookie) = console.app.guard.log_in(token, Ipv4Addr::LOCALHOST.into()).unwrap();
        let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { console, cookie, csrf: identity.csrf() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.console.ask(request("GET", path, &[("cookie", &self.cookie)], "")).await
    }

    async fn post(&self, path: &str, fields: &str) -> Answer {
        self.console.ask(request("POST", path, &[("cookie", &self.cookie), FORM], fields)).await
    }
}

fn leads_to(answer: &Answer) -> &str {
    answer.headers.get(header::LOCATION).map_or("", |location| location.to_str().unwrap())
}

fn is_page(answer: &Answer) -> bool {
    answer.body.starts_with("<!DOCTYPE html>") && answer.body.contains("<main")
}

#[tokio::test]
async fn whoever_has_not_logged_in_is_led_to_the_log_in_and_sees_nothing() {
    let console = Console::guarded();
    console.know("A-1", State::Posted, 1000, "Kaveri Kables").await;
    let paths = ["/invoices", "/invoices/A-1", "/invoices/A-1/records", "/invoices/live", "/review", "/review/next"];
    for path in paths.into_iter().chain(["/review/A-1", "/stages", "/submit", "/help", "/codes", "/no/such/page"]) {
        let answer = console.ask(request("GET", path, &[], "")).await;
        assert_eq!((answer.status, leads_to(&answer)), (StatusCode::SEE_OTHER, "/login"), "{path}");
        assert!(!answer.body.contains("Kaveri"), "{path}");
    }
    for path in FORMS {
        let answer = console.ask(request("POST", path, &[FORM], "reason=r")).await;
        assert_eq!((answer.status, leads_to(&answer)), (StatusCode::SEE_OTHER, "/login"), "{path}");
    }
}

#[tokio::test]
async fn a_token_opens_the_pages_and_a_wrong_one_is_said_to_be_wrong() {
    let console = Console::guarded();
    let page = console.ask(request("GET", "/login?to=/review", &[], "")).await;
    assert!(is_page(&page) && page.body.contains("name=\"to\" value=\"/review\""));
    let wrong = console.ask(request("POST", "/login", &[FORM], "token=wrong-wrong-wrong-wrong&to=/review")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.body.contains("That token is not known") && wrong.headers.get(header::SET_COOKIE).is_none());
    let right = console.ask(request("POST", "/login", &[FORM], &format!("token={OPERATE}&to=//evil.example"))).await;
    assert_eq!((right.status, leads_to(&right)), (StatusCode::SEE_OTHER, "/invoices"));
    let cookie = right.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let list = console.ask(request("GET", "/invoices", &[("cookie", &cookie)], "")).await;
    assert!(is_page(&list) && list.body.contains("Log out"));
}

#[tokio::test]
async fn no_form_is_taken_without_the_word_of_its_session_and_the_refusal_is_a_page() {
    let console = Console::guarded();
    console.know("A-1", State::Posted, 1000, "v").await;
    let (operator, reader) = (Browser::logged_in(&console, OPERATE), Browser::logged_in(&console, READ));
    for path in FORMS {
        for fields in ["reason=r&urls=https://h.example/a.pdf", &format!("csrf={}&urls=x&reason=r", reader.csrf)] {
            let answer = operator.post(path, fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert!(is_page(&answer) && answer.body.contains("api.cross_site"), "{path}");
        }
    }
    let file = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4\r\n--x--\r\n";
    let headers = [("cookie", operator.cookie.as_str()), ("content-type", "multipart/form-data; boundary=x")];
    let answer = console.ask(request("POST", "/submit/files", &headers, file)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_lesser_role_is_refused_by_the_form_itself() {
    let console = Console::guarded();
    for (token, paths) in [(READ, &FORMS[..]), (SUBMIT, &FORMS[..10])] {
        let browser = Browser::logged_in(&console, token);
        for path in paths {
            let answer = browser.post(path, &format!("csrf={}&reason=r&urls=x", browser.csrf)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            assert!(answer.body.contains("api.forbidden"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_list_is_what_its_address_says_and_strangers_words_are_only_text() {
    let console = Console::guarded();
    console.know("A-1", State::Posted, 1000, HOSTILE).await;
    console.know("A-2", State::Review, 2000, "v").await;
    let browser = Browser::logged_in(&console, READ);
    let list = browser.get("/invoices?state=posted&q=%3Cscript%3E").await;
    assert!(is_page(&list) && !list.body.contains("<script>alert"));
    let posted = browser.get("/invoices?state=posted").await;
    assert!(posted.body.contains("id=\"row-A-1\"") && !posted.body.contains("id=\"row-A-2\""));
    let one = browser.get("/invoices/A-1").await;
    assert!(is_page(&one) && one.body.contains("&lt;script&gt;alert(1)") && !one.body.contains("<script>alert"));
    let live = browser.get("/invoices/live?shown=A-1&shown=%2e%2e&shown=unknown").await;
    assert!(
        live.body.contains("id=\"row-A-1\"")
            && !live.body.contains("<!DOCTYPE")
            && live.body.contains("data-new=\"1\"")
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_says_so() {
    let console = Console::guarded();
    let browser = Browser::logged_in(&console, OPERATE);
    for path in ["/invoices/unknown", "/review/unknown", "/codes/no.such", "/nothing", "/invoices/a%2Fb"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(is_page(&answer), "{path}");
    }
    let misread = browser.get("/review?stage=everything").await;
    assert_eq!((misread.status, is_page(&misread)), (StatusCode::BAD_REQUEST, true));
}

#[tokio::test]
async fn the_files_of_the_program_may_be_kept_and_pages_may_not() {
    let console = Console::guarded();
    let page = console.ask(request("GET", "/login", &[], "")).await;
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    let links = page.body.split(['"']).filter(|part| part.starts_with("/assets/"));
    let links: Vec<&str> = links.collect();
    assert!(links.len() >= 8, "{links:?}");
    for link in links {
        let asset = console.ask(request("GET", link, &[], "")).await;
        assert_eq!(asset.status, StatusCode::OK, "{link}");
        assert!(asset.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"), "{link}");
        assert_eq!(asset.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{link}");
    }
    let none = console.ask(request("GET", "/assets/000000000000/../../Cargo.toml", &[], "")).await;
    assert_ne!(none.status, StatusCode::OK);
}
