//! What the console's settings must be like, so that nobody opens it to a network by mistake.

use super::rule::Rules;
use super::{Console, Token};
use secrecy::ExposeSecret;
use std::collections::BTreeSet;

/// With this many characters a token cannot be guessed, if it was drawn at random.
const MIN_TOKEN_CHARS: usize = 16;
const MAX_NAME_CHARS: usize = 64;

/// Adds what is wrong with the section.
pub(super) fn check(console: &Console, rules: &mut Rules<'_>) {
    let is_guarded = !console.tokens.is_empty() || console.listen.ip().is_loopback();
    rules.form(
        "console.listen",
        is_guarded,
        "an address of this machine alone, like 127.0.0.1, without console.tokens",
    );
    if !console.public_url.is_empty() {
        rules.server("console.public_url", &console.public_url);
    }
    tokens(&console.tokens, rules);
    rules.range("console.session_hours", console.session_hours, 1..=720);
    rules.range("console.requests_per_minute", console.requests_per_minute, 0..=1_000_000);
}

fn tokens(tokens: &[Token], rules: &mut Rules<'_>) {
    let names = "those of different people: 1 to 64 letters, digits or . - _ @ +";
    let distinct: BTreeSet<&str> = tokens.iter().map(|token| token.name.as_str()).collect();
    let are_names = tokens.iter().all(|token| is_name(&token.name)) && distinct.len() == tokens.len();
    rules.form("console.tokens", are_names, &format!("a list whose names are {names}"));
    let secrets: BTreeSet<&str> = tokens.iter().map(|token| token.token.expose_secret()).collect();
    let are_secret = secrets.iter().all(|secret| is_secret(secret)) && secrets.len() == tokens.len();
    let allowed =
        "a list whose tokens are different and 16 or more printable characters without spaces, drawn at random";
    rules.form("console.tokens", are_secret, allowed);
}

/// What stands in the history, in logs and in a cookie.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@' | b'+');
    (1..=MAX_NAME_CHARS).contains(&name.len()) && name.bytes().all(plain)
}

/// What fits into a header as it is.
fn is_secret(token: &str) -> bool {
    token.len() >= MIN_TOKEN_CHARS && token.bytes().all(|byte| byte.is_ascii_graphic())
}
