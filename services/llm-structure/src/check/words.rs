//! Text as words, so that spelling, punctuation and line breaks do not decide what stands where.

/// Lower-case words and numbers, each by itself, between single spaces: `No:05Jul-2026` becomes ` no 05 jul 2026 `.
pub(super) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    let mut last = ' ';
    for character in text.chars() {
        if character.is_ascii() {
            push(&mut words, &mut last, character.to_ascii_lowercase());
        } else {
            character.to_lowercase().for_each(|lower| push(&mut words, &mut last, lower));
        }
    }
    if last != ' ' {
        words.push(' ');
    }
    words
}

fn push(words: &mut String, last: &mut char, character: char) {
    if !character.is_alphanumeric() {
        if *last != ' ' {
            words.push(' ');
        }
        *last = ' ';
        return;
    }
    if *last != ' ' && last.is_numeric() != character.is_numeric() {
        words.push(' ');
    }
    words.push(character);
    *last = character;
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
