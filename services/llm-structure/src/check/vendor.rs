//! Who sends the invoice, and whether it is for us: the commonest mistake is to take the buyer for the vendor.

use super::source_text::SourceText;
use super::words::words;
use crate::finding::Finding;
use contract::{Invoice, code};
use std::collections::HashSet;

/// Words of company names that say nothing about which company.
const LEGAL_FORMS: [&str; 34] = [
    "pvt",
    "private",
    "ltd",
    "limited",
    "llp",
    "inc",
    "llc",
    "plc",
    "gmbh",
    "ag",
    "kg",
    "co",
    "corp",
    "corporation",
    "company",
    "opc",
    "huf",
    "and",
    "the",
    "of",
    "india",
    "sons",
    "bros",
    "sa",
    "sarl",
    "bv",
    "nv",
    "ab",
    "as",
    "oy",
    "srl",
    "spa",
    "pte",
    "m s",
];

/// Who we are, and what we book: who an invoice must be addressed to, and can never come from. Empty: unknown, and not checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    gstins: HashSet<String>,
    /// The telling words of each name.
    names: Vec<Vec<String>>,
    books_credit_notes: bool,
}

impl Company {
    /// Our GSTINs and names, as they stand on invoices.
    pub fn new<'a>(gstins: impl IntoIterator<Item = &'a str>, names: impl IntoIterator<Item = &'a str>) -> Self {
        let gstins = gstins.into_iter().map(|gstin| gstin.trim().to_uppercase()).filter(|gstin| !gstin.is_empty());
        let owned = |name| telling(&words(name)).into_iter().map(str::to_owned).collect();
        let names = names.into_iter().map(owned).filter(|name: &Vec<String>| !name.is_empty());
        Self { gstins: gstins.collect(), names: names.collect(), books_credit_notes: false }
    }

    /// Whether credit notes are checked like invoices, and not left to a person.
    #[must_use]
    pub fn booking_credit_notes(self, books_credit_notes: bool) -> Self {
        Self { books_credit_notes, ..self }
    }

    pub(super) fn books_credit_notes(&self) -> bool {
        self.books_credit_notes
    }

    fn has_gstin(&self, gstin: Option<&String>) -> bool {
        gstin.is_some_and(|gstin| self.gstins.contains(gstin))
    }

    fn has_name(&self, name: &str) -> bool {
        let words = words(name);
        let name = telling(&words);
        !name.is_empty() && self.names.iter().any(|ours| ours.iter().all(|word| name.contains(&word.as_str())))
    }
}

/// The vendor is somebody else, and the buyer is us.
pub(super) fn is_ours(invoice: &Invoice, company: &Company) -> Vec<Finding> {
    let mut findings = Vec::new();
    if company.has_gstin(invoice.vendor_gstin.as_ref()) || company.has_name(&invoice.vendor_name) {
        let message = "it is we ourselves: buyer and vendor were mistaken for each other, or it is an invoice of ours";
        findings.push(Finding::error(code::CHECK_NOT_OURS, "vendor_name", message));
    }
    let wrong_gstin =
        !company.gstins.is_empty() && invoice.buyer_gstin.is_some() && !company.has_gstin(invoice.buyer_gstin.as_ref());
    let named = invoice.buyer_name.as_deref();
    let wrong_name = !company.names.is_empty() && named.is_some_and(|name| !company.has_name(name));
    if wrong_gstin {
        let message =
            "it is none of company.gstins: the invoice is somebody else's, or that of a branch that is not listed";
        findings.push(Finding::error(code::CHECK_NOT_OURS, "buyer_gstin", message));
    } else if wrong_name && !company.has_gstin(invoice.buyer_gstin.as_ref()) {
        let message =
            "it is none of company.names: the invoice is somebody else's, or it is addressed to another name of ours";
        findings.push(Finding::error(code::CHECK_NOT_OURS, "buyer_name", message));
    }
    findings
}

/// The model has seen nothing but the text: a name of which no telling word stands in it is made up.
pub(super) fn stands_in_text(invoice: &Invoice, text: &SourceText<'_>) -> Vec<Finding> {
    let words = words(&invoice.vendor_name);
    let name = telling(&words);
    let is_word = |word: &str| text.words.contains(&format!(" {word} "));
    let found = name.iter().filter(|word| is_word(word)).count();
    // Letters may stand apart, as in a spaced-out letterhead, or together, as in an address on the web.
    let found = if found * 2 > name.len() {
        found
    } else {
        let squeezed: String = text.words.split_whitespace().collect();
        name.iter().filter(|word| squeezed.contains(**word)).count()
    };
    if found * 2 > name.len() {
        return Vec::new();
    }
    let message = "it is not printed in the text";
    vec![Finding::error(code::CHECK_NOT_GROUNDED, "vendor_name", message).found(&invoice.vendor_name)]
}

/// The words of a name, which is as [`words`], that say whose it is.
fn telling(name: &str) -> Vec<&str> {
    let telling: Vec<&str> = name.split_whitespace().filter(|word| !LEGAL_FORMS.contains(word)).collect();
    // A name of nothing else is still a name.
    if telling.is_empty() { name.split_whitespace().collect() } else { telling }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::example;

    const OURS: &str = "27AAACB0000B1Z";

    fn company() -> Company {
        Company::new([example::gstin(OURS).as_str()], ["Bluegum Retail Pvt. Ltd.", "Bluegum Stores"])
    }

    fn held(change: impl FnOnce(&mut Invoice)) -> Vec<String> {
        let mut invoice = example::invoice();
        change(&mut invoice);
        is_ours(&invoice, &company()).into_iter().map(|finding| finding.field).collect()
    }

    #[test]
    fn an_invoice_to_us_passes_by_number_or_by_name() {
        assert_eq!(held(|_| {}), [""; 0], "no buyer is printed");
        assert_eq!(held(|invoice| invoice.buyer_gstin = Some(example::gstin(OURS))), [""; 0]);
        assert_eq!(held(|invoice| invoice.buyer_name = Some("BLUEGUM RETAIL PRIVATE LIMITED, Pune".into())), [""; 0]);
        let branch = |invoice: &mut Invoice| {
            invoice.buyer_gstin = Some(example::gstin(OURS));
            invoice.buyer_name = Some("The Finance Team".into());
        };
        assert_eq!(held(branch), [""; 0], "the number counts");
    }

    #[test]
    fn an_invoice_from_us_or_to_somebody_else_is_held() {
        assert_eq!(held(|invoice| invoice.vendor_gstin = Some(example::gstin(OURS))), ["vendor_name"]);
        assert_eq!(held(|invoice| invoice.vendor_name = "Bluegum Stores".into()), ["vendor_name"]);
        assert_eq!(held(|invoice| invoice.buyer_gstin = Some(example::gstin("29AAACC0000C1Z"))), ["buyer_gstin"]);
        assert_eq!(held(|invoice| invoice.buyer_name = Some("Redgum Retail".into())), ["buyer_name"]);
    }

    #[test]
    fn without_settings_nothing_is_checked() {
        assert_eq!(
            is_ours(&Invoice { buyer_name: Some("Anybody".into()), ..example::invoice() }, &Company::default()),
            []
        );
    }

    #[test]
    fn a_vendor_is_found_in_the_text_however_it_is_printed() {
        let held = |name: &str, text: &str| {
            !stands_in_text(&Invoice { vendor_name: name.into(), ..example::invoice() }, &SourceText::new(text))
                .is_empty()
        };
        for (name, text) in [
            ("Kaveri Kables Pvt Ltd", "KAVERI  KABLES\nPRIVATE LIMITED"),
            ("Kaveri Kables", "accounts@kaverikables.example"),
            ("Private Limited", "Private Limited"),
            ("Müller & Söhne GmbH", "MÜLLER & SÖHNE"),
        ] {
            assert!(!held(name, text), "{name}");
        }
        for (name, text) in
            [("Kaveri Kables Pvt Ltd", "Malabar Foods Pvt Ltd"), ("Kaveri Kables", "Kaveri Road 7"), ("", "x")]
        {
            assert!(held(name, text), "{name}");
        }
    }
}
