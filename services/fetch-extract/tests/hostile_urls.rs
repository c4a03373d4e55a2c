//! Links that lead where no invoice is: all are refused with a code, and nothing is connected to.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests and what they share")]

mod support;

use contract::{Code, code};
use fetch_extract::fetch::Fetcher;
use proptest::prelude::*;
use runtime::settings::Fetch;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::settings;
use tokio::net::TcpListener;

/// Counts who connects, at every address of this machine that a link could name.
struct Inside {
    port: u16,
    connected: Arc<AtomicUsize>,
}

impl Inside {
    async fn listen() -> Self {
        let connected = Arc::new(AtomicUsize::new(0));
        let first = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = first.local_addr().unwrap().port();
        // A machine may have no IPv6.
        let second = TcpListener::bind(("::1", port)).await.ok();
        for listener in [Some(first), second].into_iter().flatten() {
            let connected = Arc::clone(&connected);
            tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    connected.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { port, connected }
    }
}

/// Hosts that are this machine or its network in some spelling.
const INSIDE: [&str; 38] = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0X7F.1",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.1.",
    "127%2e0.0.1",
    "①②⑦.0.0.1",
    "１２７.0.0.1",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "127.000.000.001",
    "user:pass@127.0.0.1",
    "files.example@127.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "[fd12:3456::1]",
    "[fe80::1]",
    "224.0.0.1",
    "255.255.255.255",
];

/// Metadata services of clouds, and spellings of them.
const METADATA: [&str; 8] = [
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine?comp=goalstate",
];

/// What is no web link.
const NO_LINK: [&str; 12] = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "ftp://files.example/a.pdf",
    "gopher://127.0.0.1:25/_HELO",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "data:application/pdf;base64,JVBERi0=",
    "jar:http://files.example!/a.pdf",
    "javascript:alert(1)",
    "//127.0.0.1/a.pdf",
    "/etc/passwd",
    "",
];

/// Ports of other protocols, on a host that is not inside.
const PORTS: [u16; 5] = [22, 25, 6667, 2049, 10080];

async fn refused(fetcher: &Fetcher, url: &str) -> Code {
    let error = engine::StageError::from(fetcher.fetch(url).await.unwrap_err());
    for secret in ["pass", "SIGNATURE", "/etc/passwd", "security-credentials"] {
        assert!(!error.message.contains(secret), "{url}: {}", error.message);
    }
    error.code
}

#[tokio::test]
async fn every_hostile_link_is_refused_by_name_and_nothing_is_connected_to() {
    let inside = Inside::listen().await;
    let closed = Fetch { allow_private_addresses: false, ..settings() };
    let fetcher = Fetcher::new(&closed).unwrap();
    let mut tried = 0;
    for host in INSIDE {
        for (scheme, port) in [("http", inside.port), ("https", inside.port), ("http", 80)] {
            let url = format!("{scheme}://{host}:{port}/a.pdf?X-Amz-Signature=SIGNATURE");
            assert_eq!(refused(&fetcher, &url).await, code::FETCH_ADDRESS_REFUSED, "{url}");
            tried += 1;
        }
    }
    for url in METADATA {
        assert_eq!(refused(&fetcher, url).await, code::FETCH_ADDRESS_REFUSED, "{url}");
        tried += 1;
    }
    for url in NO_LINK {
        assert_eq!(refused(&fetcher, url).await, code::FETCH_SCHEME_REFUSED, "{url}");
        tried += 1;
    }
    for port in PORTS {
        let url = format!("http://8.8.8.8:{port}/a.pdf");
        assert_eq!(refused(&fetcher, &url).await, code::FETCH_ADDRESS_REFUSED, "{url}");
        tried += 1;
    }
    assert_eq!(inside.connected.load(Ordering::Relaxed), 0, "nothing was connected to");
    println!("{tried} hostile links: all refused, none connected to");
}

/// The host that redirects is allowed; what it redirects to never is.
#[tokio::test]
async fn no_redirect_opens_what_a_link_may_not_name() {
    let inside = Inside::listen().await;
    let host: SocketAddr =
        support::host::serve(|path| support::host::answer("302 Found", &format!("Location: {}\r\n", &path[1..]), b""))
            .await;
    let fetcher = Fetcher::new(&settings()).unwrap();
    for target in METADATA {
        let url = format!("http://{host}/{target}");
        assert_eq!(refused(&fetcher, &url).await, code::FETCH_ADDRESS_REFUSED, "{target}");
    }
    for target in NO_LINK.into_iter().filter(|target| target.contains(':') && !target.starts_with('/')) {
        let url = format!("http://{host}/{target}");
        assert_eq!(refused(&fetcher, &url).await, code::FETCH_SCHEME_REFUSED, "{target}");
    }
    for port in PORTS {
        let url = format!("http://{host}/http://127.0.0.1:{port}/");
        assert_eq!(refused(&fetcher, &url).await, code::FETCH_ADDRESS_REFUSED, "{port}");
    }
    assert_eq!(inside.connected.load(Ordering::Relaxed), 0);
}

/// How a part of an address may be written.
fn part(value: u32, radix: u8) -> String {
    match radix {
        0 => value.to_string(),
        1 => format!("{value:#x}"),
        2 => format!("0{value:o}"),
        _ => format!("0X{value:08X}"),
    }
}

/// An IPv4 address in one of the spellings that browsers and C libraries take: one to four parts, the last of which fills
/// what is left, each decimal, hexadecimal or octal, percent-encoded or not.
fn spelled(address: u32, parts: u32, radices: [u8; 4], encoded: bool, dot: bool) -> String {
    let rest_bits = 8 * (5 - parts);
    let mut spelled: Vec<String> =
        (0..parts - 1).map(|at| part(address >> (24 - 8 * at) & 0xff, radices[at as usize])).collect();
    let rest = u64::from(address) & ((1 << rest_bits) - 1);
    spelled.push(part(u32::try_from(rest).unwrap(), radices[3]));
    let mut host = spelled.join(".");
    if encoded {
        host = host.replacen(|one: char| one.is_ascii_digit(), &format!("%{:02x}", host.as_bytes()[0]), 1);
    }
    if dot { host + "." } else { host }
}

proptest! {
    #[test]
    fn an_inside_address_is_refused_in_whatever_way_it_is_spelled(
        (network, prefix) in prop::sample::select(vec![
            (0x7f00_0000u32, 8u32), (0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16), (0xa9fe_0000, 16),
            (0x6440_0000, 10), (0, 8), (0xe000_0000, 4), (0xf000_0000, 4),
        ]),
        inside: u32, parts in 1..=4u32, radices in prop::array::uniform4(0..4u8), encoded: bool, dot: bool,
        port in prop::sample::select(vec!["", ":80", ":8080"]),
    ) {
        let address = network | inside & (u32::MAX >> prefix);
        let url = format!("http://{}{port}/a.pdf", spelled(address, parts, radices, encoded, dot));
        let fetcher = Fetcher::new(&Fetch { allow_private_addresses: false, ..settings() }).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        prop_assert_eq!(runtime.block_on(refused(&fetcher, &url)), code::FETCH_ADDRESS_REFUSED, "{}", url);
    }

    #[test]
    fn a_text_that_is_no_link_is_refused_and_never_panics(text in "[^hH\\s]\\PC{0,60}") {
        let fetcher = Fetcher::new(&settings()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(fetcher.fetch(&text)).unwrap_err();
        prop_assert_eq!(engine::StageError::from(error).code, code::FETCH_SCHEME_REFUSED);
    }
}
