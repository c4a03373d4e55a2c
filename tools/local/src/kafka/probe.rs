//! Does a broker answer? Asked in Kafka's own protocol, as its port opens before it serves anyone.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(2);

/// A `Metadata` request, version 1, for no topic: length, API key 3, version 1, correlation id 1, no client id,
/// an empty list of topics.
const REQUEST: [u8; 18] = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0];

/// True if the broker on `port` names at least one broker that clients can use.
pub(crate) fn answers(port: u16) -> bool {
    brokers(port).is_ok_and(|count| count > 0)
}

fn brokers(port: u16) -> io::Result<i32> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(&REQUEST)?;
    // Length, correlation id, number of brokers.
    let mut head = [[0; 4]; 3];
    stream.read_exact(head.as_flattened_mut())?;
    Ok(i32::from_be_bytes(head[2]))
}
