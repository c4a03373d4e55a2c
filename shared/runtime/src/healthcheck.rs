//! `PROGRAM healthcheck`: asks the same program, which runs beside it, how it is. For engines that ask by running a command, in an
//! image that has no other program to ask with; Kubernetes asks over HTTP itself.
//!
//! It asks for liveness. Whoever asks may restart what is not healthy, and a program that waits for Kafka must not be restarted for
//! it: see [`crate::admin`]. Where nobody does and people look, `--ready` asks for what they want to know.
//!
//! It never takes longer than [`LIMIT`], changes nothing, and prints what the probe says and nothing of the settings.

use crate::Settings;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The first argument by which a program knows that this is meant.
pub const COMMAND: &str = "healthcheck";
/// How long the whole check may take.
pub const LIMIT: Duration = Duration::from_secs(3);
/// A probe's answer is a line per check.
const MOST_BYTES: u64 = 64 * 1024;

/// Why the program does not count as healthy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("admin.listen is port 0, which is another one at each start: give it a port, so that it can be asked")]
    NoPort,
    #[error("usage: healthcheck [--ready]")]
    Usage,
    #[error("no whole answer from http://{0}{1} in time")]
    Late(SocketAddr, &'static str),
    #[error("http://{0}{1} cannot be asked: {2}")]
    Unreachable(SocketAddr, &'static str, #[source] io::Error),
    #[error("{0}")]
    Failing(String),
}

/// Asks the program that runs with the same settings. Exit codes: 0 when the probe passes, and 1 for whatever else, with the reason
/// on standard error: an engine knows no third answer.
#[must_use]
pub fn main(options: &[&str]) -> ExitCode {
    let listen = match Settings::load() {
        Ok(settings) => settings.admin.listen,
        Err(mistakes) => {
            eprintln!("{mistakes}");
            return ExitCode::FAILURE;
        }
    };
    match asked(options, listen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn asked(options: &[&str], listen: SocketAddr) -> Result<(), Error> {
    let path = path(options)?;
    let address = reachable(listen)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::Unreachable(address, path, error))?.block_on(ask(address, path, LIMIT))
}

fn path(options: &[&str]) -> Result<&'static str, Error> {
    match options {
        [] => Ok("/livez"),
        ["--ready"] => Ok("/readyz"),
        _ => Err(Error::Usage),
    }
}

/// Where a server that listens there is reached from its own machine.
fn reachable(listen: SocketAddr) -> Result<SocketAddr, Error> {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    if listen.port() == 0 { Err(Error::NoPort) } else { Ok(SocketAddr::new(ip, listen.port())) }
}

async fn ask(address: SocketAddr, path: &'static str, limit: Duration) -> Result<(), Error> {
    let answer = tokio::time::timeout(limit, exchange(address, path)).await.map_err(|_| Error::Late(address, path))?;
    judge(&answer.map_err(|error| Error::Unreachable(address, path, error))?)
}

/// HTTP/1.0, in which an answer ends with its connection.
async fn exchange(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    connection.take(MOST_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn judge(answer: &str) -> Result<(), Error> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status_line = head.lines().next().unwrap_or_default();
    match status_line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)) {
        Some("200") => Ok(()),
        Some("503") => Err(Error::Failing(body.trim_end().to_owned())),
        _ => Err(Error::Failing("what answers at admin.listen is not one of our probes".to_owned())),
    }
}

#[cfg(test)]
#[path = "healthcheck_tests.rs"]
mod tests;
