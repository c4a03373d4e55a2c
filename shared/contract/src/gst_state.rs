//! States and territories of India by their GST codes: the first two digits of a GSTIN, and what a place of supply names.
//! Source: the GST Council's list of state codes.

/// Code and names as invoices print them; one code may have several names.
const STATES: [(&str, &str); 42] = [
    ("01", "jammu and kashmir"),
    ("02", "himachal pradesh"),
    ("03", "punjab"),
    ("04", "chandigarh"),
    ("05", "uttarakhand"),
    ("06", "haryana"),
    ("07", "delhi"),
    ("07", "new delhi"),
    ("08", "rajasthan"),
    ("09", "uttar pradesh"),
    ("10", "bihar"),
    ("11", "sikkim"),
    ("12", "arunachal pradesh"),
    ("13", "nagaland"),
    ("14", "manipur"),
    ("15", "mizoram"),
    ("16", "tripura"),
    ("17", "meghalaya"),
    ("18", "assam"),
    ("19", "west bengal"),
    ("20", "jharkhand"),
    ("21", "odisha"),
    ("21", "orissa"),
    ("22", "chhattisgarh"),
    ("23", "madhya pradesh"),
    ("24", "gujarat"),
    ("26", "dadra and nagar haveli and daman and diu"),
    ("27", "maharashtra"),
    ("29", "karnataka"),
    ("30", "goa"),
    ("31", "lakshadweep"),
    ("32", "kerala"),
    ("33", "tamil nadu"),
    ("33", "tamilnadu"),
    ("34", "puducherry"),
    ("34", "pondicherry"),
    ("35", "andaman and nicobar islands"),
    ("36", "telangana"),
    ("37", "andhra pradesh"),
    ("38", "ladakh"),
    ("96", "other countries"),
    ("97", "other territory"),
];

/// The code of the state that a GSTIN was given in.
#[must_use]
pub fn of_gstin(gstin: &str) -> Option<&'static str> {
    by_code(gstin.get(..2)?)
}

/// The code of a place of supply as invoices print it: `Karnataka`, `29`, `29-Karnataka`, `Karnataka (29)`. `None` unless it
/// names exactly one state.
#[must_use]
pub fn of_supply(printed: &str) -> Option<&'static str> {
    let lower = printed.to_lowercase().replace('&', " and ");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !matches!(*word, "state" | "code" | "name")).collect();
    let numbers: Vec<&str> = words.iter().copied().filter(|word| word.bytes().all(|b| b.is_ascii_digit())).collect();
    let name: Vec<&str> = words.iter().copied().filter(|word| !numbers.contains(word)).collect();
    let by_name = STATES.iter().find(|(_, state)| *state == name.join(" ")).map(|(code, _)| *code);
    let by_number = match numbers.as_slice() {
        [code] => by_code(code),
        _ => None,
    };
    match (by_name, by_number) {
        (Some(name), Some(number)) => (name == number).then_some(name),
        (Some(code), None) if numbers.is_empty() => Some(code),
        (None, Some(code)) if name.is_empty() => Some(code),
        _ => None,
    }
}

/// A state's name in small letters; of several the first.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    STATES.iter().find(|(own, _)| *own == code).map(|(_, name)| *name)
}

fn by_code(code: &str) -> Option<&'static str> {
    STATES.iter().find(|(own, _)| *own == code).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_place_is_taken_only_when_it_names_one_state() {
        let table = [
            ("Karnataka", Some("29")),
            ("29", Some("29")),
            ("29-Karnataka", Some("29")),
            ("KARNATAKA (29)", Some("29")),
            ("State Name: Karnataka, Code: 29", Some("29")),
            ("Jammu & Kashmir", Some("01")),
            ("Telangana", Some("36")),
            ("Orissa", Some("21")),
            ("27 - Karnataka", None),
            ("Karnataka, 560001", None),
            ("Bengaluru", None),
            ("", None),
        ];
        for (printed, code) in table {
            assert_eq!(of_supply(printed), code, "{printed}");
        }
    }

    #[test]
    fn a_gstin_begins_with_its_state() {
        assert_eq!(of_gstin("29AAKCV4827Q1ZB"), Some("29"));
        assert_eq!(of_gstin("99AAKCV4827Q1ZB"), None);
        assert_eq!(of_gstin("2"), None);
    }
}
