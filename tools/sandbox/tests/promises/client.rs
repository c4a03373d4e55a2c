//! A client that hides nothing: one request per connection, bytes as they come, errors as the kernel
//! reports them.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use clap::Parser;
use sandbox::{
    Settings,
    server::{self, Running},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const DEADLINE: Duration = Duration::from_secs(20);
pub(crate) const ORGANIZATION: &str = "organization_id=10234695";

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and Zoho's code in one.
    pub(crate) fn verdict(&self) -> (u16, i64) {
        (self.status, self.json()["code"].as_i64().unwrap())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A sandbox of the test's own, with a token for its books.
#[derive(Debug)]
pub(crate) struct World {
    running: Running,
    token: String,
}

impl World {
    pub(crate) async fn start(arguments: &str) -> Self {
        let arguments = format!("sandbox --port 0 {arguments}");
        let settings = Settings::parse_from(arguments.split_whitespace());
        let mut world = Self { running: server::start(settings).await.unwrap(), token: String::new() };
        world.sign_in().await;
        world
    }

    pub(crate) async fn sign_in(&mut self) {
        let reply = self.ask_for_token("sandbox").await;
        self.token = reply.json()["access_token"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn ask_for_token(&self, refresh_token: &str) -> Reply {
        let form =
            format!("grant_type=refresh_token&client_id=sandbox&client_secret=sandbox&refresh_token={refresh_token}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", "/oauth/v2/token", &headers, form.as_bytes()).await.unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Reply> {
        send(self.address(), method, path, headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"").await.unwrap()
    }

    /// A call to Zoho with token and organisation.
    pub(crate) async fn zoho(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.try_zoho(method, path, body).await.unwrap()
    }

    pub(crate) async fn try_zoho(&self, method: &str, path: &str, body: &Value) -> io::Result<Reply> {
        let (address, token) = (self.address(), self.token.clone());
        zoho(address, &token, method, path, body.clone()).await
    }

    /// A call to Zoho with headers of its own and a body of any kind.
    pub(crate) async fn raw_zoho(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Reply> {
        raw_zoho(self.address(), &self.token, method, path, headers, body).await
    }

    /// Attaches a file to a bill.
    pub(crate) async fn attach(&self, bill_id: &str, field: &str, file: &str, bytes: &[u8]) -> io::Result<Reply> {
        let disposition = format!("form-data; name=\"{field}\"; filename=\"{file}\"");
        let mut form = format!("--x\r\ncontent-disposition: {disposition}\r\n\r\n").into_bytes();
        form.extend_from_slice(bytes);
        form.extend_from_slice(b"\r\n--x--\r\n");
        let headers = [("content-type", "multipart/form-data; boundary=x")];
        self.raw_zoho("POST", &format!("/bills/{bill_id}/attachment"), &headers, &form).await
    }

    /// Id of a bill made for the test.
    pub(crate) async fn booked(&self, bill: &Value) -> String {
        let reply = self.zoho("POST", "/bills", bill).await;
        assert_eq!(reply.status, 201, "{}", reply.json());
        reply.json()["bill"]["bill_id"].as_str().unwrap().to_owned()
    }

    /// The same call on a task of its own.
    pub(crate) fn spawn_zoho(
        &self,
        method: &'static str,
        path: &'static str,
        body: Value,
    ) -> tokio::task::JoinHandle<io::Result<Reply>> {
        let (address, token) = (self.address(), self.token.clone());
        tokio::spawn(async move { zoho(address, &token, method, path, body).await })
    }

    pub(crate) async fn fault(&self, script: Value) -> u64 {
        let body = script.to_string();
        let headers = [("content-type", "application/json")];
        let reply = self.send("POST", "/_sandbox/faults", &headers, body.as_bytes()).await.unwrap();
        assert_eq!(reply.status, 201, "{script}: {}", reply.json());
        reply.json()["id"].as_u64().unwrap()
    }

    /// All bills in the books.
    pub(crate) async fn bills(&self) -> Vec<Value> {
        self.get("/_sandbox/bills").await.json().as_array().unwrap().clone()
    }

    pub(crate) async fn calls(&self) -> Value {
        self.get("/_sandbox/calls").await.json()
    }

    /// Id of a vendor made for the test.
    pub(crate) async fn vendor(&self, name: &str) -> String {
        let contact = json!({"contact_name": name, "contact_type": "vendor"});
        let reply = self.zoho("POST", "/contacts", &contact).await;
        reply.json()["contact"]["contact_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn tax(&self, name: &str) -> String {
        let taxes = self.zoho("GET", "/settings/taxes", &Value::Null).await.json();
        let taxes = taxes["taxes"].as_array().unwrap();
        let tax = taxes.iter().find(|tax| tax["tax_name"] == name).unwrap();
        tax["tax_id"].as_str().unwrap().to_owned()
    }
}

/// A bill of one line over 100.00.
pub(crate) fn bill(vendor_id: &str, number: &str) -> Value {
    json!({
        "vendor_id": vendor_id,
        "bill_number": number,
        "reference_number": format!("ref-{number}"),
        "date": "2026-05-04",
        "line_items": [{"account_id": "460000000000000411", "rate": 100, "quantity": 1}],
    })
}

/// Asks again until the answer is yes.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let wait = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

async fn zoho(address: SocketAddr, token: &str, method: &str, path: &str, body: Value) -> io::Result<Reply> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    raw_zoho(address, token, method, path, &[], body.as_bytes()).await
}

async fn raw_zoho(
    address: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Reply> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let path = format!("/books/v3{path}{separator}{ORGANIZATION}");
    let authorization = format!("Zoho-oauthtoken {token}");
    let headers = [&[("authorization", authorization.as_str())], headers].concat();
    send(address, method, &path, &headers, body).await
}

async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(address).await?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n", body.len());
    stream.write_all(request.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    parse(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn parse(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    Some(Reply { status: head.split(' ').nth(1)?.parse().ok()?, body: answer[end + 4..].to_vec(), head })
}
