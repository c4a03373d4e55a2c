//! HTTP to our own processes on 127.0.0.1: admin servers and the sandbox.
//!
//! Plain HTTP/1.0, so that an answer ends with its connection and has no chunks. Never for anything else: no
//! TLS, no redirects, no other hosts.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Result};

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

pub fn get(url: &str) -> Result<Answer> {
    call("GET", url, "")
}

/// The JSON body of a 200.
pub fn get_json(url: &str) -> Result<Value> {
    json(url, &get(url)?)
}

pub fn post_json(url: &str, body: &Value) -> Result<Value> {
    json(url, &call("POST", url, &body.to_string())?)
}

pub fn delete(url: &str) -> Result<Answer> {
    call("DELETE", url, "")
}

fn json(url: &str, answer: &Answer) -> Result<Value> {
    let error = |reason| Error::Http { url: url.to_owned(), reason };
    if !(200..300).contains(&answer.status) {
        return Err(error(format!("status {}: {}", answer.status, answer.body)));
    }
    serde_json::from_str(&answer.body).map_err(|e| error(e.to_string()))
}

fn call(method: &str, url: &str, body: &str) -> Result<Answer> {
    let error = |reason: String| Error::Http { url: url.to_owned(), reason };
    let rest = url.strip_prefix("http://").ok_or_else(|| error("not an http:// address".to_owned()))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let raw = exchange(method, host, path, body).map_err(|e| error(e.to_string()))?;
    parse(&raw).ok_or_else(|| error("not an HTTP answer".to_owned()))
}

fn exchange(method: &str, host: &str, path: &str, body: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw)?;
    Ok(raw)
}

fn parse(raw: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(raw);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}
