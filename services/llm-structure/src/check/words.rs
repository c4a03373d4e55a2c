//! Text as words, so that spelling, punctuation and line breaks do not decide what stands where.

/// Lower-case words and numbers, each by itself, between single spaces: `No:05Jul-2026` becomes ` no 05 jul 2026 `.
pub(super) fn words(text: &str) -> String {
    let mut words = Vec::with_capacity(text.len() + 2);
    words.push(b' ');
    append(&mut words, text);
    String::from_utf8(words).expect("nothing but whole characters was added")
}

/// Adds the words of a text to words in UTF-8 that end with a space, as they do afterwards.
pub(super) fn append(words: &mut Vec<u8>, text: &str) {
    if text.is_ascii() { append_ascii(words, text.as_bytes()) } else { append_any(words, text) }
}

fn append_any(words: &mut Vec<u8>, text: &str) {
    let mut last = Kind::Gap;
    for character in text.chars() {
        let kind = Kind::of(character);
        if last != kind && last != Kind::Gap {
            words.push(b' ');
        }
        if kind != Kind::Gap {
            push(words, character.to_lowercase());
        }
        last = kind;
    }
    if last != Kind::Gap {
        words.push(b' ');
    }
}

/// As [`append_any`], several times as fast: without branches, as nobody can foresee where a word ends.
fn append_ascii(words: &mut Vec<u8>, text: &[u8]) {
    let start = words.len();
    // A space behind every character, at most.
    words.resize(start + 2 * text.len() + 2, b' ');
    let added = &mut words[start..];
    let (mut end, mut last) = (0, Kind::Gap);
    for byte in text {
        let kind = KINDS[usize::from(*byte & 0x7f)];
        added[end] = b' ';
        end += usize::from(last != kind && last != Kind::Gap);
        added[end] = byte.to_ascii_lowercase();
        end += usize::from(kind != Kind::Gap);
        last = kind;
    }
    added[end] = b' ';
    end += usize::from(last != Kind::Gap);
    words.truncate(start + end);
}

/// Adds characters to a text in UTF-8.
pub(super) fn push(text: &mut Vec<u8>, characters: impl Iterator<Item = char>) {
    for character in characters {
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gap,
    Letter,
    Digit,
}

/// Of the characters of ASCII.
static KINDS: [Kind; 128] = {
    let mut kinds = [Kind::Gap; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphabetic() {
            kinds[byte as usize] = Kind::Letter;
        } else if byte.is_ascii_digit() {
            kinds[byte as usize] = Kind::Digit;
        }
        byte += 1;
    }
    kinds
};

impl Kind {
    fn of(character: char) -> Self {
        if character.is_numeric() {
            Self::Digit
        } else if character.is_alphabetic() {
            Self::Letter
        } else {
            Self::Gap
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_numbers_stand_apart() {
        for (text, expected) in [
            ("No:05Jul-2026", " no 05 jul 2026 "),
            ("  KK/2026/017\n", " kk 2026 017 "),
            ("", " "),
            ("P.O. #7", " p o 7 "),
            ("दिनांक 5", " दिनांक 5 "),
        ] {
            assert_eq!(words(text).replace("  ", " "), expected.replace("  ", " "), "{text}");
        }
    }

    #[test]
    fn ascii_is_read_like_any_other_text() {
        proptest!(|(text in "[ -~\\t\\r]{0,40}")| {
            let (mut fast, mut slow) = (vec![b' '], vec![b' ']);
            append_ascii(&mut fast, text.as_bytes());
            append_any(&mut slow, &text);
            prop_assert_eq!(fast, slow);
        });
    }
}
