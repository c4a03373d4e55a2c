//! GST identification numbers: two digits of state, ten of PAN, entity, `Z`, check character.

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The GSTIN of the first registration of `pan` in the state with this code.
#[must_use]
pub fn gstin(state: u8, pan: &str) -> String {
    let body = format!("{state:02}{pan}1Z");
    let check = check_character(&body);
    format!("{body}{check}")
}

/// Whether a string has 15 characters of the GSTIN alphabet and the last is the check character of the rest.
#[must_use]
pub fn is_valid(gstin: &str) -> bool {
    gstin.len() == 15
        && gstin.bytes().all(|byte| ALPHABET.contains(&byte))
        && gstin.ends_with(check_character(&gstin[..14]))
}

/// Weights 1,2,1,2… over values 0–35; each product is folded into base 36 before it is added.
fn check_character(body: &str) -> char {
    let sum: usize = body.bytes().enumerate().map(|(at, byte)| folded(byte, at)).sum();
    char::from(ALPHABET[(36 - sum % 36) % 36])
}

fn folded(byte: u8, at: usize) -> usize {
    let value = ALPHABET.iter().position(|&known| known == byte).unwrap_or(0);
    let product = value * (at % 2 + 1);
    product / 36 + product % 36
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_pass_and_a_changed_character_does_not() {
        for known in ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "29AABCU9603R1ZJ", "24AAQCA8719H1ZC"] {
            assert!(is_valid(known), "{known}");
        }
        for wrong in ["22AAAAA0000A1Z5", "27AABCU9603R1ZM", "27AAPFU0939F1Z", "27aapfu0939f1zv"] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_computed_number_is_valid() {
        assert!(is_valid(&gstin(7, "ABCPK1234Q")));
    }
}
