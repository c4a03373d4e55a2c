//! Which invoices a list shows. It lives in the URL, so that a list can be kept as a bookmark and sent to a colleague.

use super::words;
use chrono::NaiveDate;
use contract::{Stage, State};
use url::form_urlencoded;

const DAY_MS: i64 = 86_400_000;

/// What is not named is not restricted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub states: Vec<State>,
    pub stage: Option<Stage>,
    pub code: String,
    pub vendor: String,
    /// Words that id, vendor, bill number or bill id begin with.
    pub text: String,
    /// The first day, by the date of the last change in UTC.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
    /// Where the page before ended.
    pub after: String,
}

impl Filter {
    /// From a query. What is not understood is not kept, and so is not shown as if it counted.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let mut filter = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match &*name {
                "state" => filter.states.extend(words::state(value).filter(|state| !filter.states.contains(state))),
                "stage" => filter.stage = value.parse().ok(),
                "code" => value.clone_into(&mut filter.code),
                "vendor" => value.clone_into(&mut filter.vendor),
                "q" => value.clone_into(&mut filter.text),
                "from" => filter.from = value.parse().ok(),
                "to" => filter.to = value.parse().ok(),
                "after" => value.clone_into(&mut filter.after),
                _ => {}
            }
        }
        filter
    }

    /// As a query, without what is not restricted.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.states.iter().map(|state| ("state", words::key(*state))));
        query.extend_pairs(self.stage.map(|stage| ("stage", stage.as_str())));
        for (name, value) in [("code", &self.code), ("vendor", &self.vendor), ("q", &self.text), ("after", &self.after)]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        for (name, day) in [("from", self.from), ("to", self.to)] {
            query.extend_pairs(day.map(|day| (name, day.to_string())));
        }
        query.finish()
    }

    /// As a query of the API, which takes moments and not days.
    #[must_use]
    pub fn api_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let states: Vec<&str> = self.states.iter().map(|state| words::key(*state)).collect();
        let stage = self.stage.map_or("", Stage::as_str);
        let pairs = [("state", &*states.join(",")), ("stage", stage), ("code", &self.code), ("vendor", &self.vendor)];
        for (name, value) in pairs.into_iter().chain([("q", &*self.text)]).filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        for (name, moment) in [("from_ms", self.from_ms()), ("to_ms", self.to_ms())] {
            query.extend_pairs(moment.map(|moment| (name, moment.to_string())));
        }
        query.finish()
    }

    /// The link to the list of it.
    #[must_use]
    pub fn href(&self) -> String {
        link("/invoices", &self.query())
    }

    /// The same for these states only, from the first page on.
    #[must_use]
    pub fn with_states(&self, states: &[State]) -> Self {
        Self { states: states.to_vec(), after: String::new(), ..self.clone() }
    }

    /// The page that begins behind a cursor.
    #[must_use]
    pub fn behind(&self, cursor: &str) -> Self {
        Self { after: cursor.to_owned(), ..self.clone() }
    }

    /// Whether anything is restricted, states and cursor aside.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        *self != Self { states: self.states.clone(), after: self.after.clone(), ..Self::default() }
    }

    /// The first millisecond of the first day.
    #[must_use]
    pub fn from_ms(&self) -> Option<i64> {
        self.from.map(midnight_ms)
    }

    /// The first millisecond behind the last day.
    #[must_use]
    pub fn to_ms(&self) -> Option<i64> {
        self.to.map(|day| midnight_ms(day) + DAY_MS)
    }
}

/// A path with a query, if there is any.
#[must_use]
pub fn link(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn midnight_ms(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_the_same_after_a_way_through_the_url() {
        let query = "state=review&state=dead&stage=llm-structure&code=llm.timeout&q=a%26b+%E2%82%B9&from=2026-07-01&to=2026-07-05";
        let filter = Filter::of_query(query);
        assert_eq!(filter.text, "a&b ₹");
        assert_eq!(Filter::of_query(&filter.query()), filter);
        assert_eq!(filter.to_ms().unwrap() - filter.from_ms().unwrap(), 5 * DAY_MS);
        assert_eq!(Filter::of_query("state=nonsense&stage=x&from=yesterday&other=1"), Filter::default());
        assert_eq!(Filter::default().href(), "/invoices");
        let api = filter.api_query();
        assert!(
            api.starts_with("state=review%2Cdead&stage=llm-structure&") && api.contains("&from_ms=1782864000000&"),
            "{api}"
        );
    }

    #[test]
    fn another_choice_begins_on_the_first_page() {
        let filter = Filter::of_query("q=kaveri&after=abc");
        assert_eq!(filter.with_states(&[State::Posted]).query(), "state=posted&q=kaveri");
        assert!(filter.is_narrow() && !Filter::of_query("state=dead&after=x").is_narrow());
    }
}
