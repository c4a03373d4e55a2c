//! Which field Zoho's words speak of.
//!
//! Those words may repeat what stands on an invoice. Only names from our own list, and numbers, ever leave this place.

/// The fields that we send.
const FIELDS: [&str; 36] = [
    "account_id",
    "adjustment",
    "adjustment_description",
    "attachment",
    "bill_number",
    "company_name",
    "contact_name",
    "contact_type",
    "currency_id",
    "custom_fields",
    "date",
    "description",
    "destination_of_supply",
    "due_date",
    "exchange_rate",
    "gst_no",
    "gst_treatment",
    "hsn_or_sac",
    "is_inclusive_tax",
    "is_reverse_charge_applied",
    "line_items",
    "notes",
    "organization_id",
    "place_of_contact",
    "quantity",
    "rate",
    "reference_number",
    "reverse_charge_tax_id",
    "source_of_supply",
    "status",
    "tax_id",
    "tax_exemption_code",
    "unit",
    "vendor_credit_number",
    "vendor_id",
    "vendor_name",
];

/// The largest number that is believed.
const MOST_DIGITS: usize = 7;

/// The field after `passed for` or `ensure that the`, if it is one of ours. In small letters.
pub(super) fn named(said: &str) -> Option<&'static str> {
    let after = ["passed for ", "ensure that the "].iter().find_map(|words| said.split_once(words))?.1;
    let until = ["has ", "is ", "does "].iter().filter_map(|words| after.find(words)).min();
    let name: String = after[..until.unwrap_or(after.len())]
        .trim_matches(|character: char| !character.is_alphanumeric())
        .chars()
        .map(|character| if character == ' ' { '_' } else { character })
        .collect();
    FIELDS.into_iter().find(|field| *field == name)
}

/// The number that stands behind these words.
pub(super) fn number_after(said: &str, words: &str) -> Option<u32> {
    let (_, rest) = said.split_once(words)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).take(MOST_DIGITS).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_field_from_the_list_is_named_whatever_zoho_writes() {
        let table = [
            ("invalid value passed for vendor_id", Some("vendor_id")),
            ("invalid value passed for due date.", Some("due_date")),
            ("please ensure that the \"bill number\" has less than 100 characters.", Some("bill_number")),
            ("please ensure that the reference_number has less than 100 characters.", Some("reference_number")),
            ("invalid value passed for asha traders", None),
            ("please ensure that the \"asha vendor_id\" has less than 100 characters.", None),
            ("the customer \"vendor_id\" already exists.", None),
            ("invalid value passed for ", None),
            ("", None),
        ];
        for (said, field) in table {
            assert_eq!(named(said), field, "{said}");
        }
    }

    #[test]
    fn a_number_is_read_where_it_is_expected() {
        assert_eq!(number_after("has less than 100 characters", "less than "), Some(100));
        assert_eq!(number_after("has less than many characters", "less than "), None);
        assert_eq!(number_after("limit of 99999999999", "limit of "), Some(9_999_999));
    }
}
