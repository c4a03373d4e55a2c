//! Bounds the text that goes to the model.

use super::wire::Reading;

/// Keeps a text of up to `cap` characters as it is; a longer one keeps half of that at either end, because totals
/// stand at the end.
pub(super) fn cap(pages: u32, text: String, cap: usize) -> Reading {
    let characters = text.chars().count();
    if characters <= cap {
        return Reading { pages, text, left_out: 0 };
    }
    let head = first(&text, cap.div_ceil(2));
    let tail = &text[first(&text, characters - cap / 2).len()..];
    let left_out = characters - cap;
    Reading { pages, text: format!("{head}\n[… {left_out} characters left out …]\n{tail}"), left_out }
}

fn first(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_both_ends_and_says_what_is_missing() {
        let reading = cap(1, "₹123456₹".to_owned(), 5);
        assert_eq!((reading.text.as_str(), reading.left_out), ("₹12\n[… 3 characters left out …]\n6₹", 3));
    }

    #[test]
    fn a_text_at_the_limit_is_untouched() {
        assert_eq!(cap(1, "₹1234".to_owned(), 5), Reading { pages: 1, text: "₹1234".to_owned(), left_out: 0 });
        assert_eq!(cap(0, String::new(), 0).left_out, 0);
    }
}
