//! The organisation's vendors, and which of them an invoice is from.
//!
//! A GSTIN decides where there is one. A name decides only among vendors that it does not contradict: the same name
//! under another GSTIN is another registration, or somebody who wants it to look so.

use crate::wire::Id;
use serde::{Deserialize, Serialize};

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

/// The vendors that an invoice may be from.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    One(Id),
    Many(Vec<Contact>),
}

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

    /// `None` when there is no such vendor.
    pub(crate) fn find(&self, sought: Sought<'_>) -> Option<Found> {
        if let Some(gstin) = sought.gstin {
            let registered = self.filter(|vendor| vendor.gstin().is_some_and(|own| own.eq_ignore_ascii_case(gstin)));
            if registered.len() > 1 {
                let named: Vec<Contact> =
                    registered.iter().filter(|vendor| vendor.is_called(sought.name)).cloned().collect();
                return Some(if named.len() == 1 { single(named) } else { Found::Many(registered) });
            }
            if !registered.is_empty() {
                return Some(single(registered));
            }
        }
        let named = self.filter(|vendor| vendor.is_called(sought.name) && vendor.may_have(sought.gstin));
        (!named.is_empty()).then(|| single(named))
    }

    fn filter(&self, keep: impl Fn(&Contact) -> bool) -> Vec<Contact> {
        self.0.iter().filter(|vendor| keep(vendor)).cloned().collect()
    }
}

fn single(mut contacts: Vec<Contact>) -> Found {
    match contacts.len() {
        1 => Found::One(contacts.remove(0).contact_id),
        _ => Found::Many(contacts),
    }
}

/// A name without case, punctuation and the spellings of a company's form.
fn normalised(name: &str) -> String {
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
        let gstin = (!gstin.is_empty()).then_some(gstin);
        match directory.find(Sought { name, gstin }) {
            None => "none".to_owned(),
            Some(Found::One(id)) => id.to_string(),
            Some(Found::Many(contacts)) => format!("{} candidates", contacts.len()),
        }
    }

    #[test]
    fn a_vendor_is_found_by_gstin_first_and_by_name_where_no_gstin_contradicts() {
        let asha = ("1", "Asha Traders Pvt. Ltd.", KARNATAKA);
        let unregistered = ("2", "Bright & Co", "");
        let table: [(&[Row], &str, &str, &str); 11] = [
            (&[asha, unregistered], "another spelling", KARNATAKA, "1"),
            (&[asha, unregistered], "ASHA TRADERS PRIVATE LIMITED", "", "1"),
            (&[asha, unregistered], "M/s. Bright and Co.", "", "2"),
            (&[asha, unregistered], "Bright & Co", KERALA, "2"),
            (&[asha], "Asha Traders Pvt Ltd", KERALA, "none"),
            (&[asha], "Asha", "", "none"),
            (&[], "Asha", "", "none"),
            (&[asha, ("3", "Asha Exports", KARNATAKA)], "Asha Exports", KARNATAKA, "3"),
            (&[asha, ("3", "Asha Exports", KARNATAKA)], "Asha", KARNATAKA, "2 candidates"),
            (&[asha, ("3", "Asha Traders Pvt Ltd", KERALA)], "Asha Traders Pvt Ltd", "", "2 candidates"),
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
        assert!(directory.find(Sought { name: "Asha", gstin: Some(KARNATAKA) }).is_none());
    }
}
