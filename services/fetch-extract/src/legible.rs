//! Whether a text can be read at all. A language model answers to garbage, too, and its answer looks like an invoice.

use crate::extract::Counts;
use contract::{Code, code};
use std::fmt;

/// Fewer characters than this are not an invoice: the PDF is a scan or empty.
const MIN_CHARACTERS: u32 = 20;
/// One in so many characters may be of unknown meaning.
const UNKNOWN_IN: u32 = 5;
/// Fewer words than this say nothing about how a text is spaced.
const MIN_WORDS: usize = 40;
/// Words of languages that are written with spaces are shorter on average.
const LONGEST_AVERAGE: usize = 25;

/// Why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Illegible {
    NoText { shown: u32, hidden: u32 },
    UnknownCharacters { unknown: u32, shown: u32 },
    SingleCharacters { single: usize, words: usize },
    NoSpaces { average: usize },
}

impl Illegible {
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::NoText { .. } => code::EXTRACT_NO_TEXT,
            Self::UnknownCharacters { .. } | Self::SingleCharacters { .. } | Self::NoSpaces { .. } => {
                code::EXTRACT_BROKEN_FONT
            }
        }
    }
}

impl fmt::Display for Illegible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoText { shown, hidden: 0 } => {
                write!(f, "the PDF holds {shown} characters of text: it is probably a scan")
            }
            Self::NoText { shown, hidden } => write!(
                f,
                "the PDF shows {shown} characters of text and hides {hidden}, which are not read: it is probably a scan"
            ),
            Self::UnknownCharacters { unknown, shown } => {
                write!(f, "the PDF does not say what {unknown} of its {shown} characters are")
            }
            Self::SingleCharacters { single, words } => {
                write!(f, "the text falls apart: {single} of its {words} words are single characters")
            }
            Self::NoSpaces { average } => {
                write!(f, "the text runs on without spaces: its words are {average} characters long on average")
            }
        }
    }
}

/// Why the text cannot be read; `None` if it can.
pub(crate) fn judge(text: &str, counts: &Counts) -> Option<Illegible> {
    let Counts { shown, unknown, .. } = *counts;
    if shown < MIN_CHARACTERS {
        return Some(Illegible::NoText { shown, hidden: counts.hidden() });
    }
    if unknown >= shown.div_ceil(UNKNOWN_IN) {
        return Some(Illegible::UnknownCharacters { unknown, shown });
    }
    // Of scripts with spaces only.
    let words: Vec<&str> = text.split_whitespace().filter(|word| word.is_ascii()).collect();
    let single = words.iter().filter(|word| word.len() == 1).count();
    if words.len() >= MIN_WORDS && single * 4 > words.len() * 3 {
        return Some(Illegible::SingleCharacters { single, words: words.len() });
    }
    let characters: usize = words.iter().map(|word| word.len()).sum();
    let average = characters.checked_div(words.len()).unwrap_or(0);
    (average > LONGEST_AVERAGE).then_some(Illegible::NoSpaces { average })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, unknown: u32) -> Option<Illegible> {
        let shown = u32::try_from(text.chars().filter(|one| !one.is_whitespace()).count()).unwrap();
        judge(text, &Counts { shown, unknown, ..Counts::default() })
    }

    const INVOICE: &str = "Tax invoice KK/2026/017 dated 1 July 2026\nConsulting 10 h x 1,000.00 = 10,000.00";

    #[test]
    fn an_invoice_is_legible_in_every_script() {
        assert_eq!(judged(INVOICE, 0), None);
        assert_eq!(judged("電子發票證明聯電子發票證明聯電子發票證明聯電子發票證明聯電子發票證明聯", 0), None);
        assert_eq!(judged("A B C D 1 2 3 4 5 6 7 8 9 10 table of contents and so on", 0), None);
    }

    #[test]
    fn characters_of_unknown_meaning_are_a_broken_font() {
        assert_eq!(judged(INVOICE, 5), None);
        assert_eq!(judged(INVOICE, 20).map(Illegible::code), Some(code::EXTRACT_BROKEN_FONT));
    }

    #[test]
    fn single_characters_and_endless_words_are_a_broken_font() {
        let spaced: String = INVOICE.chars().flat_map(|one| [one, ' ']).collect();
        assert!(matches!(judged(&spaced, 0), Some(Illegible::SingleCharacters { .. })));
        let endless: String = INVOICE.split_whitespace().collect();
        assert!(matches!(judged(&endless, 0), Some(Illegible::NoSpaces { .. })));
    }

    #[test]
    fn a_hidden_text_layer_is_no_text_and_is_named() {
        let counts = Counts { shown: 3, transparent: 900, ..Counts::default() };
        let illegible = judge("p 1", &counts).unwrap();
        assert_eq!(illegible.code(), code::EXTRACT_NO_TEXT);
        assert!(illegible.to_string().contains("hides 900"));
    }
}
