//! Indian states as Zoho Books writes them: two letters.
//!
//! A state whose letters are not certain is left out, and Zoho then takes the place from the vendor or from the
//! organisation. A wrong one would be refused, or make an inter-state supply of an intra-state one.

use contract::gst_state;

/// GST state code and Zoho's letters.
const LETTERS: [(&str, &str); 31] = [
    ("01", "JK"),
    ("02", "HP"),
    ("03", "PB"),
    ("04", "CH"),
    ("06", "HR"),
    ("07", "DL"),
    ("08", "RJ"),
    ("09", "UP"),
    ("10", "BR"),
    ("11", "SK"),
    ("12", "AR"),
    ("13", "NL"),
    ("14", "MN"),
    ("15", "MZ"),
    ("16", "TR"),
    ("17", "ML"),
    ("18", "AS"),
    ("19", "WB"),
    ("20", "JH"),
    ("23", "MP"),
    ("24", "GJ"),
    ("27", "MH"),
    ("29", "KA"),
    ("30", "GA"),
    ("31", "LD"),
    ("32", "KL"),
    ("33", "TN"),
    ("34", "PY"),
    ("35", "AN"),
    ("37", "AP"),
    ("38", "LA"),
];

/// The state that a GSTIN was given in.
pub(crate) fn of_gstin(gstin: &str) -> Option<&'static str> {
    letters(gst_state::of_gstin(gstin)?)
}

/// A place of supply as invoices print it.
pub(crate) fn of_supply(printed: &str) -> Option<&'static str> {
    letters(gst_state::of_supply(printed)?)
}

fn letters(code: &str) -> Option<&'static str> {
    LETTERS.iter().find(|(own, _)| *own == code).map(|(_, letters)| *letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_states_whose_letters_are_certain_are_sent() {
        assert_eq!((of_supply("Karnataka (29)"), of_gstin("29AAKCV4827Q1ZB")), (Some("KA"), Some("KA")));
        assert_eq!((of_supply("Telangana"), of_gstin("36AAKCV4827Q1ZB")), (None, None));
    }
}
