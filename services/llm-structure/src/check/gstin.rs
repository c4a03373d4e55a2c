//! GSTINs: shape and check character. One wrong character is a sure sign that something was misread.

use crate::finding::Finding;
use contract::{Invoice, code};

/// The shapes in use. `d` is a digit, `a` a letter, `x` either, `e` the entity (1-9 or a letter), `z` the 14th
/// character of a regular taxpayer; any other character stands for itself.
const SHAPES: [&str; 8] = [
    "ddaaaaaddddaezx", // Taxpayers.
    "ddaaaadddddadZd", // Government departments.
    "ddddaaadddddUNx", // United Nations bodies and embassies.
    "ddddaaadddddONx", // Other notified persons.
    "ddaaaaxddddaeDx", // Who deducts tax at source.
    "ddaaaaaddddaeCx", // E-commerce operators.
    "ddddaaadddddNRx", // Taxpayers who are not resident.
    "99ddaaadddddOSx", // Online services from abroad.
];

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

pub(super) fn all(invoice: &Invoice) -> Vec<Finding> {
    let mut findings = Vec::new();
    let gstins = [("vendor_gstin", &invoice.vendor_gstin), ("buyer_gstin", &invoice.buyer_gstin)];
    for (field, gstin) in gstins {
        let problem = gstin.as_deref().and_then(problem);
        findings.extend(problem.map(|message| Finding::error(code::CHECK_GSTIN, field, message)));
    }
    if invoice.vendor_gstin.is_some() && invoice.vendor_gstin == invoice.buyer_gstin {
        let message = "the same as the vendor's";
        findings.push(Finding::warning(code::CHECK_GSTIN, "buyer_gstin", message));
    }
    findings
}

/// What is wrong with a GSTIN in capitals, if anything is.
#[must_use]
pub fn problem(gstin: &str) -> Option<&'static str> {
    let bytes = gstin.as_bytes();
    if !SHAPES.iter().any(|shape| has_shape(bytes, shape.as_bytes())) {
        return Some("the GSTIN does not have the shape of one");
    }
    let (body, check) = bytes.split_at(14);
    (check_character(body) != check[0]).then_some("the GSTIN's check character is wrong: a character was misread")
}

fn has_shape(gstin: &[u8], shape: &[u8]) -> bool {
    let fits = |(byte, place): (&u8, &u8)| match place {
        b'd' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_uppercase(),
        b'x' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        b'e' => matches!(byte, b'1'..=b'9' | b'A'..=b'Z'),
        b'z' => matches!(byte, b'Z' | b'1'..=b'9' | b'A' | b'B' | b'D'..=b'J'),
        _ => byte == place,
    };
    gstin.len() == shape.len() && gstin.iter().zip(shape).all(fits)
}

/// The last character, from the 14 before it: base 36, weights 1 and 2 in turn.
fn check_character(body: &[u8]) -> u8 {
    let value = |byte: &u8| ALPHABET.iter().position(|letter| letter == byte).unwrap_or_default();
    let weighed = body.iter().zip([1, 2].into_iter().cycle()).map(|(byte, weight)| value(byte) * weight);
    let sum: usize = weighed.map(|product| product / 36 + product % 36).sum();
    ALPHABET[(36 - sum % 36) % 36]
}

/// The GSTIN that begins with these 14 characters.
#[cfg(test)]
pub(crate) fn completed(body: &str) -> String {
    format!("{body}{}", char::from(check_character(body.as_bytes())))
}

/// The GSTIN with another check character.
#[cfg(test)]
pub(crate) fn spoiled(gstin: &str) -> String {
    let (body, check) = gstin.split_at(14);
    format!("{body}{}", if check == "0" { '1' } else { '0' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_in_use_is_known() {
        for body in [
            "29AAACK0000K1Z",
            "29AAACK0000KAD",
            "27AAAA00000A1Z",
            "0717USA00001UN",
            "0717USA00001ON",
            "07AAAAA0000A1D",
            "07AAAAA0000A1C",
            "0717USA00001NR",
            "9917USA00001OS",
        ] {
            let gstin = completed(body);
            let shaped = SHAPES.iter().any(|shape| has_shape(gstin.as_bytes(), shape.as_bytes()));
            assert!(shaped || body.starts_with("27AAAA0"), "{gstin}");
            assert_ne!(problem(&spoiled(&gstin)), None, "{gstin}");
        }
    }

    #[test]
    fn any_single_wrong_character_is_noticed() {
        let gstin = completed("29AAACK0000K1Z");
        assert_eq!(problem(&gstin), None);
        for place in 0..gstin.len() {
            for letter in ALPHABET {
                let mut wrong = gstin.clone().into_bytes();
                wrong[place] = *letter;
                let wrong = String::from_utf8(wrong).unwrap();
                assert_eq!(problem(&wrong).is_none(), wrong == gstin, "{wrong}");
            }
        }
    }

    #[test]
    fn what_is_not_a_gstin_is_refused() {
        for text in ["", "29", "29AAACK0000K1Z", "DE123456789", "29aaack0000k1zv", "２９AAACK0000K1Z5"] {
            assert!(problem(text).is_some(), "{text}");
        }
    }
}
