//! An HTTP host that answers byte for byte what a test wrote.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the host does with a request.
pub enum Answer {
    /// Sends this and closes.
    Bytes(Vec<u8>),
    /// Sends this and then nothing, with the connection open.
    Stall(Vec<u8>),
}

/// An answer with a status line, headers (each ended by CRLF) and a body as they are.
pub fn raw(status: &str, headers: &str, body: &[u8]) -> Answer {
    let mut bytes = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    Answer::Bytes(bytes)
}

/// A complete answer.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Answer {
    raw(status, &format!("Content-Length: {}\r\n{headers}", body.len()), body)
}

/// Serves as long as the test's runtime lives. The script is called with each request's path and query.
pub async fn serve(script: impl Fn(&str) -> Answer + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut stalled = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            let Some(path) = requested_path(&mut connection).await else { continue };
            let (bytes, stall) = match script(&path) {
                Answer::Bytes(bytes) => (bytes, false),
                Answer::Stall(bytes) => (bytes, true),
            };
            // A client that has heard enough hangs up.
            let _ = connection.write_all(&bytes).await;
            if stall {
                stalled.push(connection);
            }
        }
    });
    address
}

async fn requested_path(connection: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(connection.read_u8().await.ok()?);
    }
    Some(String::from_utf8(request).ok()?.split(' ').nth(1)?.to_owned())
}
