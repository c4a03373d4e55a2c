//! What strangers' hosts may answer, and what becomes of it.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests and what they share")]

mod support;

use contract::{Class, Code, code};
use engine::StageError;
use fetch_extract::fetch::Fetcher;
use runtime::settings::Fetch;
use std::net::SocketAddr;
use std::time::Duration;
use support::host::{Answer, answer, raw, serve};
use support::{pdf, settings};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

/// A fetcher and the host that it asks. Setting up TLS is slow: one per test.
struct Client {
    fetcher: Fetcher,
    host: SocketAddr,
}

impl Client {
    fn new(settings: &Fetch, host: SocketAddr) -> Self {
        Self { fetcher: Fetcher::new(settings).unwrap(), host }
    }

    async fn fetch(&self, path: &str) -> Result<Vec<u8>, StageError> {
        self.fetch_url(&format!("http://{}{path}", self.host)).await
    }

    async fn fetch_url(&self, url: &str) -> Result<Vec<u8>, StageError> {
        Ok(self.fetcher.fetch(url).await?.bytes.to_vec())
    }

    async fn code(&self, path: &str) -> Code {
        self.fetch(path).await.unwrap_err().code
    }
}

async fn client_of(script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Client {
    Client::new(&settings(), serve(script).await)
}

#[tokio::test]
async fn a_pdf_arrives_byte_for_byte_over_redirects() {
    let pdf = pdf::invoice(&["Invoice 17"]);
    let body = pdf.clone();
    let client = client_of(move |path| match path {
        "/a?token=1" => answer("302 Found", "Location: b/c.pdf\r\n", b"moved"),
        "/b/c.pdf" => answer("307 Temporary Redirect", "Location: /d\r\n", b""),
        "/d" => answer("200 OK", "Content-Type: text/html\r\n", &body),
        _ => answer("404 Not Found", "", b""),
    })
    .await;
    assert_eq!(client.fetch("/a?token=1").await.unwrap(), pdf);
}

#[tokio::test]
async fn a_status_decides_whether_and_when_it_is_tried_again() {
    let client = client_of(|path| answer(&path[1..], "Retry-After: 7\r\n", b"no")).await;
    for (status, code, class) in [
        (401, code::FETCH_HTTP_401, Class::Permanent),
        (403, code::FETCH_HTTP_403, Class::Permanent),
        (404, code::FETCH_HTTP_404, Class::Permanent),
        (410, code::FETCH_HTTP_410, Class::Permanent),
        (418, code::FETCH_HTTP_STATUS, Class::Permanent),
        (408, code::FETCH_SERVER_ERROR, Class::Transient),
        (425, code::FETCH_SERVER_ERROR, Class::Transient),
        (429, code::FETCH_RATE_LIMITED, Class::Transient),
        (500, code::FETCH_SERVER_ERROR, Class::Transient),
        (503, code::FETCH_SERVER_ERROR, Class::Transient),
    ] {
        let error = client.fetch(&format!("/{status}")).await.unwrap_err();
        assert_eq!((error.code, error.class), (code, class), "{status}");
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)), "{status}");
    }
}

#[tokio::test]
async fn plain_http_needs_the_setting() {
    let client = Client::new(&Fetch { allow_http: false, ..settings() }, ([127, 0, 0, 1], 9).into());
    for url in ["http://127.0.0.1:9/a.pdf", "gopher://h/a.pdf", "a.pdf", ""] {
        assert_eq!(client.fetch_url(url).await.unwrap_err().code, code::FETCH_SCHEME_REFUSED, "{url}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let client = client_of(|_| answer("301 Moved Permanently", "Location: /again\r\n", b"")).await;
    assert_eq!(client.code("/").await, code::FETCH_TOO_MANY_REDIRECTS);
    let nowhere = client_of(|_| answer("302 Found", "", b"")).await;
    assert_eq!(nowhere.code("/").await, code::FETCH_HTTP_STATUS);
}

#[tokio::test]
async fn what_is_too_large_is_left_whether_announced_or_not() {
    let client = client_of(|path| {
        let large = [b"%PDF-1.4\n".as_slice(), &vec![b' '; 2 << 20]].concat();
        if path == "/announced" { answer("200 OK", "", &large) } else { raw("200 OK", "", &large) }
    })
    .await;
    assert_eq!(client.code("/announced").await, code::FETCH_TOO_LARGE);
    assert_eq!(client.code("/unannounced").await, code::FETCH_TOO_LARGE);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_fetched_again() {
    let client = client_of(|path| {
        let whole = pdf::invoice(&["Invoice 17"]);
        let half = &whole[..whole.len() / 2];
        match path {
            "/short-of-its-length" => raw("200 OK", &format!("Content-Length: {}\r\n", whole.len()), half),
            "/no-length" => raw("200 OK", "", half),
            "/no-length-but-whole" => raw("200 OK", "", &whole),
            _ => raw("200 OK", "Transfer-Encoding: chunked\r\n", b"5\r\n%PDF-\r\n"),
        }
    })
    .await;
    for path in ["/short-of-its-length", "/no-length", "/chunked"] {
        let error = client.fetch(path).await.unwrap_err();
        assert_eq!((error.code, error.class), (code::FETCH_INTERRUPTED, Class::Transient), "{path}");
    }
    assert!(client.fetch("/no-length-but-whole").await.is_ok());
}

#[tokio::test]
async fn what_is_not_a_pdf_is_known_from_its_first_kilobyte() {
    let client = client_of(|path| match path {
        "/login" => answer("200 OK", "", b"<html>Please log in</html>"),
        "/late" => answer("200 OK", "", &[&[b' '; 1024], b"%PDF-1.4 %%EOF".as_slice()].concat()),
        // The rest never comes: the answer must not wait for it.
        "/endless" => {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n".to_owned() + &" ".repeat(1024);
            Answer::Stall(head.into_bytes())
        }
        "/junk-before" => answer("200 OK", "", &[b"\r\n\r\n", pdf::invoice(&["x"]).as_slice()].concat()),
        _ => answer("200 OK", "", b""),
    })
    .await;
    for path in ["/login", "/late", "/endless", "/empty"] {
        assert_eq!(client.code(path).await, code::FETCH_NOT_PDF, "{path}");
    }
    assert!(client.fetch("/junk-before").await.is_ok());
}

#[tokio::test]
async fn a_host_that_keeps_us_waiting_is_left() {
    let host = serve(|path| match path {
        "/silent" => Answer::Stall(Vec::new()),
        _ => Answer::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n%PDF-".to_vec()),
    })
    .await;
    let client = Client::new(&Fetch { timeout_ms: 200, ..settings() }, host);
    let silence = Client::new(&Fetch { idle_timeout_ms: 200, ..settings() }, host);
    for client in [client, silence] {
        for path in ["/silent", "/slow"] {
            let error = client.fetch(path).await.unwrap_err();
            assert_eq!((error.code, error.class), (code::FETCH_TIMEOUT, Class::Transient), "{path}");
        }
    }
}

#[tokio::test]
async fn no_connection_no_tls_and_no_name_are_told_apart() {
    let plain = speaks_no_tls().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = Client::new(&settings(), plain);
    for (url, code, class) in [
        (format!("http://{closed}/a.pdf"), code::FETCH_CONNECT, Class::Transient),
        (format!("https://{plain}/a.pdf"), code::FETCH_TLS, Class::Permanent),
        ("https://no-such-name.invalid/a.pdf?sig=secret".to_owned(), code::FETCH_DNS, Class::Transient),
    ] {
        let error = client.fetch_url(&url).await.unwrap_err();
        assert_eq!((error.code.clone(), error.class), (code, class), "{}", error.message);
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
}

async fn speaks_no_tls() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    address
}
