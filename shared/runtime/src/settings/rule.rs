//! The rules that values are held against; what breaks one is noted with its key and origin.

use super::Mistake;
use super::assemble::Origins;
use std::fmt::Display;
use std::ops::RangeInclusive;
use tracing_subscriber::filter::Directive;
use url::Url;

/// Kafka allows 249 characters in a topic's name, and the longest ending takes 19.
const MAX_NAME: usize = 200;

/// Collects what breaks a rule.
pub(super) struct Rules<'a> {
    origins: &'a Origins,
    mistakes: &'a mut Vec<Mistake>,
}

impl<'a> Rules<'a> {
    pub(super) const fn new(origins: &'a Origins, mistakes: &'a mut Vec<Mistake>) -> Self {
        Self { origins, mistakes }
    }

    pub(super) fn add(&mut self, key: &str, problem: String) {
        let origin = self.origins.get(key).map_or("default", String::as_str);
        self.mistakes.push(Mistake::new(key, origin, problem));
    }

    pub(super) fn range<T: PartialOrd + Display + Copy>(&mut self, key: &str, value: T, allowed: RangeInclusive<T>) {
        if !allowed.contains(&value) {
            self.add(key, format!("must be from {} to {}; it is {value}", allowed.start(), allowed.end()));
        }
    }

    pub(super) fn form(&mut self, key: &str, holds: bool, allowed: &str) {
        if !holds {
            self.add(key, format!("must be {allowed}"));
        }
    }

    /// `key` must not be less than `least`, which `others` say.
    pub(super) fn at_least<T: PartialOrd + Display>(&mut self, (key, value): (&str, T), (others, least): (&[&str], T)) {
        let is_wrong = |key: &str| self.mistakes.iter().any(|mistake| mistake.key == key);
        if value < least && !is_wrong(key) && !others.iter().any(|key| is_wrong(key)) {
            let others = others.join(" and ");
            self.add(key, format!("must be {least} or more to fit {others}; it is {value}"));
        }
    }

    /// What Kafka and our tools take as part of a name.
    pub(super) fn name(&mut self, key: &str, text: &str) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let is_name = (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(plain);
        self.form(key, is_name, "1 to 200 letters, digits, dots, hyphens or underscores");
    }

    /// The base URL of an API.
    pub(super) fn server(&mut self, key: &str, text: &str) {
        let is_server = Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "https" | "http")
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        self.form(key, is_server, "a URL like https://host or http://host:port, without user, password or query");
    }
}

/// Where documents may be kept.
pub(super) fn is_place(text: &str) -> bool {
    if text.trim().is_empty() || !text.contains("://") {
        return !text.trim().is_empty();
    }
    Url::parse(text).is_ok_and(|url| {
        let is_cloud = matches!(url.scheme(), "s3" | "gs" | "az") && url.has_host();
        let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        is_bare && (is_cloud || url.scheme() == "file")
    })
}

pub(super) fn is_broker(text: &str) -> bool {
    let Some((host, port)) = text.trim().rsplit_once(':') else { return false };
    !host.is_empty() && !host.contains(char::is_whitespace) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Stricter than the filter itself, which takes a misspelt level for the name of a module and logs nothing else.
pub(super) fn is_log_directive(text: &str) -> bool {
    let (module, level) = text.trim().rsplit_once('=').unwrap_or(("all", text.trim()));
    let is_level = ["error", "warn", "info", "debug", "trace", "off"].contains(&level);
    is_level && text.parse::<Directive>().is_ok() && !module.is_empty()
}
