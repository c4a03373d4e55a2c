//! Indian states as Zoho Books writes them: two letters.
//!
//! A state whose letters are not certain is left out, and Zoho then takes the place from the vendor or from the
//! organisation. A wrong one would be refused, or make an inter-state supply of an intra-state one.

/// GST state code, Zoho's letters and the name as invoices print it.
const STATES: [(&str, &str, &str); 31] = [
    ("01", "JK", "jammu and kashmir"),
    ("02", "HP", "himachal pradesh"),
    ("03", "PB", "punjab"),
    ("04", "CH", "chandigarh"),
    ("06", "HR", "haryana"),
    ("07", "DL", "delhi"),
    ("08", "RJ", "rajasthan"),
    ("09", "UP", "uttar pradesh"),
    ("10", "BR", "bihar"),
    ("11", "SK", "sikkim"),
    ("12", "AR", "arunachal pradesh"),
    ("13", "NL", "nagaland"),
    ("14", "MN", "manipur"),
    ("15", "MZ", "mizoram"),
    ("16", "TR", "tripura"),
    ("17", "ML", "meghalaya"),
    ("18", "AS", "assam"),
    ("19", "WB", "west bengal"),
    ("20", "JH", "jharkhand"),
    ("23", "MP", "madhya pradesh"),
    ("24", "GJ", "gujarat"),
    ("27", "MH", "maharashtra"),
    ("29", "KA", "karnataka"),
    ("30", "GA", "goa"),
    ("31", "LD", "lakshadweep"),
    ("32", "KL", "kerala"),
    ("33", "TN", "tamil nadu"),
    ("34", "PY", "puducherry"),
    ("35", "AN", "andaman and nicobar islands"),
    ("37", "AP", "andhra pradesh"),
    ("38", "LA", "ladakh"),
];

/// The state that a GSTIN was given in.
pub(crate) fn of_gstin(gstin: &str) -> Option<&'static str> {
    by_code(gstin.get(..2)?)
}

/// A place of supply as invoices print it: `Karnataka`, `29`, `29-Karnataka`, `Karnataka (29)`.
pub(crate) fn of_supply(printed: &str) -> Option<&'static str> {
    let lower = printed.to_lowercase().replace('&', " and ");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let numbers: Vec<&str> = words.iter().copied().filter(|word| word.bytes().all(|b| b.is_ascii_digit())).collect();
    let name: Vec<&str> = words.iter().copied().filter(|word| !numbers.contains(word)).collect();
    let by_name = STATES.iter().find(|(_, _, state)| *state == name.join(" ")).map(|(_, letters, _)| *letters);
    let by_number = match numbers.as_slice() {
        [code] => by_code(code),
        _ => None,
    };
    match (by_name, by_number) {
        (Some(name), Some(number)) => (name == number).then_some(name),
        (Some(letters), None) if numbers.is_empty() => Some(letters),
        (None, Some(letters)) if name.is_empty() => Some(letters),
        _ => None,
    }
}

fn by_code(code: &str) -> Option<&'static str> {
    STATES.iter().find(|(own, _, _)| *own == code).map(|(_, letters, _)| *letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_place_is_taken_only_when_it_names_one_state() {
        let table = [
            ("Karnataka", Some("KA")),
            ("29", Some("KA")),
            ("29-Karnataka", Some("KA")),
            ("KARNATAKA (29)", Some("KA")),
            ("Jammu & Kashmir", Some("JK")),
            ("27 - Karnataka", None),
            ("Karnataka, 560001", None),
            ("Telangana", None),
            ("36", None),
            ("", None),
        ];
        for (printed, letters) in table {
            assert_eq!(of_supply(printed), letters, "{printed}");
        }
    }

    #[test]
    fn a_gstin_begins_with_its_state() {
        assert_eq!(of_gstin("29AAKCV4827Q1ZB"), Some("KA"));
        assert_eq!(of_gstin("97AAKCV4827Q1ZB"), None);
        assert_eq!(of_gstin("2"), None);
    }
}
