//! The organisation's vendors, and which of them an invoice is from.
//!
//! A GSTIN decides where there is one. A name decides only among vendors that it does not contradict: the same name
//! under another GSTIN is another registration, or somebody who wants it to look so.

use crate::wire::Id;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A contact as Zoho lists it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub(crate) contact_id: Id,
    #[serde(default)]
    pub(crate) contact_name: String,
    #[serde(default)]
    pub(crate) company_name: Option<String>,
    #[serde(default)]
    pub(crate) contact_type: Option<String>,
    #[serde(default)]
    pub(crate) gst_no: Option<String>,
}

/// Whose invoice it is, as printed.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Sought<'a> {
    pub(crate) name: &'a str,
    pub(crate) gstin: Option<&'a str>,
}

/// The vendors that an invoice may be from, and by what.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    One(Id, By),
    Many(Vec<Contact>),
}

/// What a vendor was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Gstin,
    /// The permanent account number inside of the GSTIN: the same firm, registered in another state.
    Pan,
    Alias,
    Name,
}

impl By {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gstin => "gstin",
            Self::Pan => "pan",
            Self::Alias => "alias",
            Self::Name => "name",
        }
    }
}

/// Printed names, normalised, for which Zoho has others: an id, a GSTIN or a name.
pub(crate) type Aliases = HashMap<String, String>;

/// All vendors of the organisation.
#[derive(Debug, Default)]
pub(crate) struct Directory(Vec<Contact>);

impl Contact {
    pub(crate) fn is_vendor(&self) -> bool {
        self.contact_type.as_deref().is_none_or(|kind| kind == "vendor")
    }

    /// Whether it may be who is sought, by its GSTIN: the same, or not known on one side.
    pub(crate) fn may_have(&self, gstin: Option<&str>) -> bool {
        match (self.gstin(), gstin) {
            (Some(own), Some(gstin)) => own.eq_ignore_ascii_case(gstin),
            _ => true,
        }
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        let name = normalised(name);
        let company = self.company_name.as_deref().unwrap_or_default();
        !name.is_empty() && (normalised(&self.contact_name) == name || normalised(company) == name)
    }

    fn has_gstin(&self, gstin: &str) -> bool {
        self.gstin().is_some_and(|own| own.eq_ignore_ascii_case(gstin))
    }

    fn is(&self, alias: &str) -> bool {
        self.contact_id.as_str() == alias || self.has_gstin(alias) || self.is_called(alias)
    }

    fn gstin(&self) -> Option<&str> {
        self.gst_no.as_deref().map(str::trim).filter(|gstin| !gstin.is_empty())
    }
}

impl Directory {
    pub(crate) fn new(contacts: Vec<Contact>) -> Self {
        Self(contacts.into_iter().filter(Contact::is_vendor).collect())
    }

    pub(crate) fn add(&mut self, contact: Contact) {
        self.0.push(contact);
    }

    pub(crate) fn has(&self, contact_id: &str) -> bool {
        self.0.iter().any(|vendor| vendor.contact_id.as_str() == contact_id)
    }

    /// `None` when there is no such vendor. `alias` is an id, GSTIN or name that stands for the printed one. What says most is asked first, and the first that knows a vendor decides.
    pub(crate) fn find(&self, sought: Sought<'_>, alias: Option<&str>) -> Option<Found> {
        let by_gstin = || self.by_gstin(sought);
        let by_pan = || {
            let pan = pan_of(sought.gstin?)?;
            single(self.filter(|vendor| vendor.gstin().and_then(pan_of) == Some(pan)), By::Pan)
        };
        let by_alias = || {
            let alias = alias?;
            single(self.filter(|vendor| vendor.is(alias) && vendor.may_have(sought.gstin)), By::Alias)
        };
        let by_name =
            || single(self.filter(|vendor| vendor.is_called(sought.name) && vendor.may_have(sought.gstin)), By::Name);
        by_gstin().or_else(by_pan).or_else(by_alias).or_else(by_name)
    }

    /// Of several with the GSTIN the one that is called so.
    fn by_gstin(&self, sought: Sought<'_>) -> Option<Found> {
        let gstin = sought.gstin?;
        let registered = self.filter(|vendor| vendor.has_gstin(gstin));
        let named: Vec<Contact> = registered.iter().filter(|vendor| vendor.is_called(sought.name)).cloned().collect();
        single(if named.len() == 1 { named } else { registered }, By::Gstin)
    }

    fn filter(&self, keep: impl Fn(&Contact) -> bool) -> Vec<Contact> {
        self.0.iter().filter(|vendor| keep(vendor)).cloned().collect()
    }
}

fn single(contacts: Vec<Contact>, by: By) -> Option<Found> {
    match contacts.as_slice() {
        [] => None,
        [one] => Some(Found::One(one.contact_id.clone(), by)),
        _ => Some(Found::Many(contacts)),
    }
}

/// The permanent account number that a taxpayer's GSTIN holds.
fn pan_of(gstin: &str) -> Option<[u8; 10]> {
    let pan: [u8; 10] = gstin.as_bytes().get(2..12)?.try_into().ok()?;
    let pan = pan.map(|byte| byte.to_ascii_uppercase());
    let is_letter = |place: usize| matches!(place, 0..=4 | 9);
    let fits =
        |(place, byte): (usize, &u8)| if is_letter(place) { byte.is_ascii_uppercase() } else { byte.is_ascii_digit() };
    (gstin.len() == 15 && pan.iter().enumerate().all(fits)).then_some(pan)
}

/// A name without case, punctuation and the spellings of a company's form.
pub(crate) fn normalised(name: &str) -> String {
    let spelt: String = name.replace('&', " and ").chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let lower = spelt.to_lowercase();
    let mut words: Vec<&str> = lower
        .split_whitespace()
        .map(|word| match word {
            "pvt" => "private",
            "ltd" => "limited",
            "co" => "company",
            word => word,
        })
        .collect();
    if words.starts_with(&["m", "s"]) {
        words.drain(..2);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (&'static str, &'static str, &'static str);

    const KARNATAKA: &str = "29AAKCV4827Q1ZB";
    const KERALA: &str = "32AAKCV4827Q1ZO";
    const ANOTHERS: &str = "29AAACK0000K1ZV";

    fn contact(id: &str, name: &str, gstin: &str) -> Contact {
        Contact {
            contact_id: Id::new(id),
            contact_name: name.to_owned(),
            company_name: None,
            contact_type: Some("vendor".to_owned()),
            gst_no: Some(gstin.to_owned()),
        }
    }

    fn found(directory: &[Row], name: &str, gstin: &str) -> String {
        let directory = Directory::new(directory.iter().map(|(id, name, gstin)| contact(id, name, gstin)).collect());
        let aliases = [(normalised("Asha, since 1950"), "1"), (normalised("A. T."), "Asha Traders Pvt. Ltd.")];
        let alias = aliases.iter().find(|(printed, _)| *printed == normalised(name)).map(|(_, vendor)| *vendor);
        let gstin = (!gstin.is_empty()).then_some(gstin);
        match directory.find(Sought { name, gstin }, alias) {
            None => "none".to_owned(),
            Some(Found::One(id, by)) => format!("{id} by {}", by.as_str()),
            Some(Found::Many(contacts)) => format!("{} candidates", contacts.len()),
        }
    }

    #[test]
    fn a_vendor_is_found_by_what_says_most_about_it_and_never_by_a_name_under_a_foreign_gstin() {
        let asha = ("1", "Asha Traders Pvt. Ltd.", KARNATAKA);
        let unregistered = ("2", "Bright & Co", "");
        let in_kerala = ("3", "Asha Traders Pvt Ltd", KERALA);
        let table: [(&[Row], &str, &str, &str); 16] = [
            (&[asha, unregistered], "another spelling", KARNATAKA, "1 by gstin"),
            (&[asha, unregistered], "another spelling", KERALA, "1 by pan"),
            (&[asha, in_kerala], "Asha Traders", KERALA, "3 by gstin"),
            (&[asha, in_kerala], "Asha Traders", "27AAKCV4827Q1ZF", "2 candidates"),
            (&[asha, unregistered], "ASHA, SINCE 1950", "", "1 by alias"),
            (&[asha, unregistered], "A.T.", "", "1 by alias"),
            (&[asha], "A.T.", ANOTHERS, "none"),
            (&[asha, unregistered], "ASHA TRADERS PRIVATE LIMITED", "", "1 by name"),
            (&[asha, unregistered], "M/s. Bright and Co.", "", "2 by name"),
            (&[asha, unregistered], "Bright & Co", KERALA, "1 by pan"),
            (&[unregistered], "Bright & Co", KERALA, "2 by name"),
            (&[asha], "Asha Traders Pvt Ltd", ANOTHERS, "none"),
            (&[asha], "Asha", "", "none"),
            (&[asha, ("3", "Asha Exports", KARNATAKA)], "Asha Exports", KARNATAKA, "3 by gstin"),
            (&[asha, ("3", "Asha Exports", KARNATAKA)], "Asha", KARNATAKA, "2 candidates"),
            (&[("4", "", "")], "", "", "none"),
        ];
        for (directory, name, gstin, expected) in table {
            assert_eq!(found(directory, name, gstin), expected, "{name} {gstin}");
        }
    }

    #[test]
    fn a_customer_is_not_a_vendor() {
        let customer = Contact { contact_type: Some("customer".to_owned()), ..contact("1", "Asha", KARNATAKA) };
        let directory = Directory::new(vec![customer]);
        assert!(directory.find(Sought { name: "Asha", gstin: Some(KARNATAKA) }, None).is_none());
    }
}
