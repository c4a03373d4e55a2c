//! Right-to-left scripts: a page shows them from right to left, a text has them in the order of reading.

/// The words of a line, given from left to right as they stand, in the order of reading.
pub(crate) fn logical(words: Vec<String>) -> Vec<String> {
    let right_to_left = words.iter().flat_map(|word| word.chars()).filter(|one| is_right_to_left(*one)).count();
    if right_to_left == 0 {
        return words;
    }
    let letters = words.iter().flat_map(|word| word.chars()).filter(|one| one.is_alphabetic()).count();
    let mut words: Vec<String> = words.into_iter().map(turned).collect();
    // A line is read from the right if most of it is.
    if right_to_left * 2 >= letters {
        words.reverse();
        restore_left_to_right_runs(&mut words);
    } else {
        reverse_runs(&mut words, |word| word.chars().any(is_right_to_left));
    }
    words
}

/// A word of a right-to-left script is turned; numbers and Latin inside of it are not.
fn turned(word: String) -> String {
    if !word.chars().any(is_right_to_left) {
        return word;
    }
    let mut characters: Vec<char> = word.chars().rev().map(mirrored).collect();
    for run in characters.chunk_by_mut(|one, other| is_left_to_right(*one) && is_left_to_right(*other)) {
        if run.len() > 1 {
            run.reverse();
        }
    }
    characters.into_iter().collect()
}

/// Several Latin words or numbers in a row inside of a right-to-left line keep their order.
fn restore_left_to_right_runs(words: &mut [String]) {
    reverse_runs(words, |word| word.chars().any(|one| one.is_alphabetic() && !is_right_to_left(one)));
}

fn reverse_runs(words: &mut [String], belongs: impl Fn(&str) -> bool) {
    for run in words.chunk_by_mut(|one, other| belongs(one) && belongs(other)) {
        if belongs(&run[0]) {
            run.reverse();
        }
    }
}

const fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
        && !is_digit_of_right_to_left(character)
}

/// Arabic digits are written from left to right.
const fn is_digit_of_right_to_left(character: char) -> bool {
    matches!(character, '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' | '\u{66a}'..='\u{66c}')
}

fn is_left_to_right(character: char) -> bool {
    (character.is_alphanumeric() || matches!(character, '.' | ',' | '/' | '-' | ':' | '%' | '@' | '_'))
        && !is_right_to_left(character)
}

const fn mirrored(character: char) -> char {
    match character {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '<' => '>',
        '>' => '<',
        '{' => '}',
        '}' => '{',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(shown: &str) -> String {
        logical(shown.split(' ').map(ToOwned::to_owned).collect()).join(" ")
    }

    #[test]
    fn what_runs_to_the_right_is_as_it_stands() {
        assert_eq!(read("Total (INR) 1,234.50"), "Total (INR) 1,234.50");
    }

    #[test]
    fn a_hebrew_line_is_read_from_the_right_with_its_numbers_as_they_are() {
        // "סה״כ לתשלום 1,234.50" as a page shows it.
        assert_eq!(read("1,234.50 םולשתל כ״הס"), "סה״כ לתשלום 1,234.50");
    }

    #[test]
    fn a_hebrew_name_in_an_english_line_is_turned_alone() {
        assert_eq!(read("Bill to ןב לאינד Ltd"), "Bill to דניאל בן Ltd");
    }

    #[test]
    fn latin_words_in_a_right_to_left_line_keep_their_order() {
        assert_eq!(read("Acme Ltd הרבחל םולשת"), "תשלום לחברה Acme Ltd");
    }
}
