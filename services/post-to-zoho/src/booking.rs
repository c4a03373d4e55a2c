//! Which account each line of an invoice is booked to: pure.
//!
//! What is asked is in the order in which it says most: a person about this invoice, the settings' rule for the vendor, a person
//! about an earlier invoice of the vendor, the settings' rules for the HSN or SAC and for a word of the description; of several of
//! one kind the first in the settings. What decided is kept with the bill, as an accountant will ask.

use crate::correction::{By, Said};
use crate::directory::normalised;
use contract::{Invoice, Line};
use runtime::settings::AccountRule;

/// The rules of the settings.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    vendor: Vec<Rule>,
    hsn: Vec<Rule>,
    keyword: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// What is compared: capitals or a normalised name.
    condition: String,
    /// As it is kept with the bill.
    told: String,
    /// By id or by name.
    account: String,
}

/// The account of a line, and what decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Booking<'a> {
    /// By id or by name; `None` for the default one.
    pub(crate) account: Option<&'a str>,
    pub(crate) rule: &'a str,
}

/// In characters: it stands in the status of every invoice.
const MAX_TOLD: usize = 40;

/// When no rule fits.
const DEFAULT: Booking<'static> = Booking { account: None, rule: "default" };

impl Rules {
    pub(crate) fn new(settings: &[AccountRule]) -> Self {
        let mut rules = Self::default();
        for rule in settings {
            let account = rule.account.trim().to_owned();
            let of = |kind: &str, condition: &str, compared: String| Rule {
                condition: compared,
                told: format!("{kind} {}", condition.trim()).chars().take(MAX_TOLD).collect(),
                account: account.clone(),
            };
            if let Some(vendor) = &rule.vendor {
                rules.vendor.push(of("vendor", vendor, normalised(vendor)));
            } else if let Some(hsn) = &rule.hsn {
                rules.hsn.push(of("hsn", hsn, hsn.trim().to_owned()));
            } else if let Some(keyword) = &rule.keyword {
                rules.keyword.push(of("keyword", keyword, padded(keyword)));
            }
        }
        rules
    }

    /// The account of each line. `said`: what people have said of all of them.
    pub(crate) fn book<'a>(&'a self, invoice: &Invoice, said: Option<&'a Said>) -> Vec<Booking<'a>> {
        let said_by = |by: By| said.filter(|said| said.by == by).map(Said::booking);
        let of_all = said_by(By::Chosen).or_else(|| self.of_vendor(invoice)).or_else(|| said_by(By::Remembered));
        invoice.lines.iter().map(|line| of_all.or_else(|| self.of_line(line)).unwrap_or(DEFAULT)).collect()
    }

    fn of_vendor(&self, invoice: &Invoice) -> Option<Booking<'_>> {
        let (name, gstin) = (normalised(&invoice.vendor_name), invoice.vendor_gstin.as_deref().map(normalised));
        let fits = |rule: &&Rule| rule.condition == name || gstin.as_ref() == Some(&rule.condition);
        self.vendor.iter().find(fits).map(Rule::booking)
    }

    fn of_line(&self, line: &Line) -> Option<Booking<'_>> {
        let code = line.hsn_sac.as_deref().unwrap_or_default().trim();
        let description = padded(&line.description);
        let by_code = self.hsn.iter().find(|rule| code.starts_with(&rule.condition));
        by_code.or_else(|| self.keyword.iter().find(|rule| description.contains(&rule.condition))).map(Rule::booking)
    }
}

impl Said {
    fn booking(&self) -> Booking<'_> {
        Booking { account: Some(&self.name), rule: self.rule() }
    }

    /// Whether it decides the account of a line.
    pub(crate) fn decides(&self, bookings: &[Booking<'_>]) -> bool {
        bookings.iter().any(|booking| booking.rule == self.rule())
    }
}

impl Rule {
    fn booking(&self) -> Booking<'_> {
        Booking { account: Some(&self.account), rule: &self.told }
    }
}

/// Small letters, single spaces, one at each end: whole words are compared.
fn padded(text: &str) -> String {
    let words: Vec<String> = text
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn rule(kind: &str, condition: &str, account: &str) -> AccountRule {
        let only = |wanted: &str| (kind == wanted).then(|| condition.to_owned());
        AccountRule { vendor: only("vendor"), hsn: only("hsn"), keyword: only("keyword"), account: account.to_owned() }
    }

    fn booked(settings: &[AccountRule]) -> Vec<(Option<String>, String)> {
        booked_as(settings, None)
    }

    fn booked_as(settings: &[AccountRule], said: Option<By>) -> Vec<(Option<String>, String)> {
        let rules = Rules::new(settings);
        let said = said.map(|by| Said { name: "Said".to_owned(), by });
        let bookings = rules.book(&fixture::invoice(), said.as_ref());
        bookings.into_iter().map(|one| (one.account.map(str::to_owned), one.rule.to_owned())).collect()
    }

    fn by(account: &str, rule: &str) -> (Option<String>, String) {
        (Some(account.to_owned()), rule.to_owned())
    }

    #[test]
    fn the_vendors_rule_goes_before_the_codes_and_the_codes_before_the_words() {
        let keyword = rule("keyword", "delivery", "Freight");
        let hsn = rule("hsn", "48", "Stationery");
        let vendor = rule("vendor", "M/s VINDHYA PAPER MART", "Office");
        let gstin = rule("vendor", "29aakcv4827q1zb", "Printing");
        let default = (None, "default".to_owned());
        assert_eq!(booked(&[]), [default.clone(), default.clone()]);
        assert_eq!(booked(std::slice::from_ref(&keyword)), [default, by("Freight", "keyword delivery")]);
        assert_eq!(booked(&[keyword.clone(), hsn.clone()]), vec![by("Stationery", "hsn 48"); 2]);
        assert_eq!(
            booked(&[keyword.clone(), hsn.clone(), vendor]),
            vec![by("Office", "vendor M/s VINDHYA PAPER MART"); 2]
        );
        assert_eq!(booked(&[keyword, hsn, gstin]), vec![by("Printing", "vendor 29aakcv4827q1zb"); 2]);
    }

    #[test]
    fn what_a_person_chose_goes_before_all_rules_and_what_is_remembered_behind_the_vendors() {
        let hsn = rule("hsn", "48", "Stationery");
        let vendor = rule("vendor", "Vindhya Paper Mart", "Office");
        let remembered = vec![by("Said", "remembered"); 2];
        assert_eq!(booked_as(&[], Some(By::Remembered)), remembered);
        assert_eq!(booked_as(std::slice::from_ref(&hsn), Some(By::Remembered)), remembered);
        let both = [hsn, vendor];
        assert_eq!(booked_as(&both, Some(By::Remembered)), vec![by("Office", "vendor Vindhya Paper Mart"); 2]);
        assert_eq!(booked_as(&both, Some(By::Chosen)), vec![by("Said", "chosen"); 2]);
    }

    #[test]
    fn of_two_rules_of_a_kind_the_first_counts_and_words_are_whole() {
        let settings =
            [rule("keyword", "deliver", "A"), rule("keyword", "A4  paper", "B"), rule("keyword", "paper", "C")];
        assert_eq!(booked(&settings), [by("B", "keyword A4  paper"), (None, "default".to_owned())]);
    }
}
