//! Names of companies: where one ends and the next begins, and whose signature closes the invoice.

use std::sync::LazyLock;

use regex::Regex;

use super::values::pattern;

static LEGAL_FORM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:private\s+limited|pvt\.?\s+ltd\b\.?|limited\b|ltd\b\.?|llp\b|inc\b\.?|gmbh\b|llc\b|corp\b\.?)")
});

/// The first of several names in a row, which ends with its legal form, and the rest.
pub(super) fn split(text: &str) -> (&str, &str) {
    let end = LEGAL_FORM.find(text).map_or(text.len(), |form| form.end());
    (text[..end].trim(), text[end..].trim())
}

/// The name in `For <name>` above the signature, if it also stands elsewhere; else "".
pub(super) fn signatory(text: &str) -> String {
    text.lines()
        .rev()
        .filter_map(signed_for)
        .find(|name| text.matches(*name).count() > 1)
        .unwrap_or_default()
        .to_owned()
}

fn signed_for(line: &str) -> Option<&str> {
    let at = ["For ", "for ", "FOR "].iter().filter_map(|word| line.rfind(word)).max()?;
    let starts_word = line[..at].chars().next_back().is_none_or(char::is_whitespace);
    let name = line[at + 4..].trim();
    (starts_word && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_in_a_row_part_at_the_legal_form() {
        assert_eq!(split("Acme Ltd Beta Private Limited"), ("Acme Ltd", "Beta Private Limited"));
        assert_eq!(split("Acme Traders"), ("Acme Traders", ""));
    }

    #[test]
    fn the_signatory_counts_only_if_named_elsewhere() {
        assert_eq!(signatory("Acme Traders\nE. & O. E. For Acme Traders"), "Acme Traders");
        assert_eq!(signatory("Acme Traders\nFor any question call us"), "");
    }
}
