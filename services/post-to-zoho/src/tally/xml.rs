//! XML as Tally is sent it: pure.
//!
//! Every value is text between two tags or in an attribute. It is escaped here and nowhere else, and what XML forbids or what
//! Tally would break a line at is taken out, so that nothing of a stranger's invoice can become a tag.

use quick_xml::escape::escape;

/// A document that is being written.
#[derive(Debug)]
pub(crate) struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), depth: 0 }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// An element with others in it.
    pub(crate) fn element(&mut self, tag: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        self.indent();
        self.open(tag, attributes);
        self.text.push('\n');
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        self.indent();
        self.close(tag);
    }

    /// An element with a text in it.
    pub(crate) fn text(&mut self, tag: &str, value: &str) {
        self.typed(tag, &[], value);
    }

    /// The same with attributes.
    pub(crate) fn typed(&mut self, tag: &str, attributes: &[(&str, &str)], value: &str) {
        self.indent();
        self.open(tag, attributes);
        self.text.push_str(&escape(clean(value)));
        self.close(tag);
    }

    /// The same, unless there is nothing to say.
    pub(crate) fn some(&mut self, tag: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !clean(value).is_empty()) {
            self.text(tag, value);
        }
    }

    fn open(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", escape(clean(value))));
        }
        self.text.push('>');
    }

    fn close(&mut self, tag: &str) {
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push_str(">\n");
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.depth));
    }
}

/// On one line, without characters that XML 1.0 forbids or advises against, and without those that turn the direction of text.
pub(crate) fn clean(text: &str) -> String {
    let spaced = text.chars().map(|character| if character.is_whitespace() { ' ' } else { character });
    let kept: String = spaced.filter(|character| is_text(*character)).collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_text(character: char) -> bool {
    let is_plane_end = u32::from(character) & 0xFFFE == 0xFFFE;
    let is_mark =
        matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    !character.is_control() && !is_plane_end && !matches!(character, '\u{FDD0}'..='\u{FDEF}') && !is_mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_tag_and_what_xml_forbids_is_dropped() {
        let mut xml = Xml::new();
        xml.element("A", &[("N", "\"><B/>")], |xml| {
            xml.text("C", "</C><VOUCHER>&amp;\u{0}\u{1b}\u{fffe}\u{202e}]]>\r\nx");
            xml.some("D", Some(" \t"));
        });
        let expected = "<A N=\"&quot;&gt;&lt;B/&gt;\">\n <C>&lt;/C&gt;&lt;VOUCHER&gt;&amp;amp;]]&gt; x</C>\n</A>\n";
        assert_eq!(xml.into_text().split_once('\n').unwrap().1, expected);
    }
}
