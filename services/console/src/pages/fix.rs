//! The error pages of `docs/errors`, as this version has them: what happened and what to do, beside the invoice it happened to.
//!
//! Their Markdown is our own and of few forms: paragraphs, lists, bold, code, links. Its words are escaped all the same.

use contract::{Class, Code, code::CATALOGUE};
use maud::{Markup, html};

const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

/// One error page, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub code: &'static str,
    /// One sentence.
    pub title: &'static str,
    /// Heading and Markdown of each part.
    pub parts: Vec<(&'static str, &'static str)>,
}

impl Fix {
    /// The page of a code; a code of a newer version has none here.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        let index = PAGES.binary_search_by_key(&code, |(code, _)| code).ok()?;
        let (code, text) = PAGES[index];
        let mut blocks = text.split("\n\n").skip(1);
        let title = blocks.next()?.split(" Class: ").next()?;
        let mut parts: Vec<(&str, &str)> = Vec::new();
        let rest = text.split_once(title)?.1;
        for (start, _) in rest.match_indices("\n\n**") {
            let part = &rest[start + 4..];
            let part = part.find("\n\n**").map_or(part, |end| &part[..end]);
            parts.extend(part.split_once("**").map(|(heading, text)| (heading.trim_end_matches('.'), text.trim())));
        }
        Some(Self { code, title, parts })
    }

    /// The class that the code usually has.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        CATALOGUE.iter().find(|(code, _)| code.as_str() == self.code).map(|(_, class)| *class)
    }

    /// All parts below each other, under headings of this level: 2 or 3.
    #[must_use]
    pub fn body(&self, level: u8) -> Markup {
        html! {
            @for (heading, text) in &self.parts {
                @if level == 2 {
                    h2 { (heading) }
                } @else {
                    h3 { (heading) }
                }
                (rendered(text))
            }
        }
    }

    /// The part of that heading.
    #[must_use]
    pub fn part(&self, heading: &str) -> Option<Markup> {
        self.parts.iter().find(|(have, _)| *have == heading).map(|(_, text)| rendered(text))
    }
}

/// All codes of this version, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = Fix> {
    CATALOGUE.iter().filter_map(|(code, _)| Fix::of(code.as_str()))
}

/// A code that leads to its page; one of a newer version leads nowhere.
#[must_use]
pub fn link(code: &Code) -> Markup {
    let code = code.as_str();
    html! {
        @if Fix::of(code).is_some() {
            a.code href={ "/codes/" (code) } { (code) }
        } @else {
            code.code { (code) }
        }
    }
}

/// One sentence about a code.
#[must_use]
pub fn title(code: &str) -> &'static str {
    Fix::of(code).map_or("A failure that this version of the console does not know.", |fix| fix.title)
}

/// Paragraphs and lists.
fn rendered(markdown: &str) -> Markup {
    html! {
        @for block in blocks(markdown) {
            @match block {
                Block::Paragraph(text) => p { (inline(&text)) },
                Block::List(items) => ul {
                    @for item in &items {
                        li { (inline(item)) }
                    }
                },
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Block {
    Paragraph(String),
    List(Vec<String>),
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in markdown.lines() {
        let text = line.trim();
        match (text.strip_prefix("- "), blocks.last_mut()) {
            _ if text.is_empty() => {}
            (Some(item), Some(Block::List(items))) => items.push(item.to_owned()),
            (Some(item), _) => blocks.push(Block::List(vec![item.to_owned()])),
            (None, Some(Block::List(items))) if open => append(items.last_mut(), text),
            (None, Some(Block::Paragraph(paragraph))) if open => append(Some(paragraph), text),
            (None, _) => blocks.push(Block::Paragraph(text.to_owned())),
        }
        open = !text.is_empty();
    }
    blocks
}

fn append(to: Option<&mut String>, line: &str) {
    if let Some(text) = to {
        text.push(' ');
        text.push_str(line);
    }
}

/// Code, bold and links. A link to another error page leads to it here; others lead into the repository, and are left out.
fn inline(text: &str) -> Markup {
    let Some(start) = text.find(['`', '*', '[']) else {
        return html! {
            (text)
        };
    };
    let (before, rest) = text.split_at(start);
    let (shown, rest) = span(rest);
    html! {
        (before)
        (shown)
        @if !rest.is_empty() { (inline(rest)) }
    }
}

/// What begins with a mark, and what is left behind it.
fn span(text: &str) -> (Markup, &str) {
    if let Some((code, rest)) = text.strip_prefix('`').and_then(|text| text.split_once('`')) {
        return (
            html! {
                code { (code) }
            },
            rest,
        );
    }
    if let Some((bold, rest)) = text.strip_prefix("**").and_then(|text| text.split_once("**")) {
        return (
            html! {
                strong { (inline(bold)) }
            },
            rest,
        );
    }
    if let Some((label, rest)) = text.strip_prefix('[').and_then(|text| text.split_once("]("))
        && let Some((target, rest)) = rest.split_once(')')
    {
        let code = target.strip_suffix(".md").filter(|code| Fix::of(code).is_some());
        return match code {
            Some(code) => (
                html! {
                    a href={ "/codes/" (code) } { (inline(label)) }
                },
                rest,
            ),
            None => (
                html! {
                    (inline(label))
                },
                rest,
            ),
        };
    }
    let (mark, rest) = text.split_at(1);
    (
        html! {
            (mark)
        },
        rest,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_catalogue_has_a_title_and_says_what_to_do() {
        for (code, class) in CATALOGUE {
            let fix = Fix::of(code.as_str()).unwrap();
            assert!(fix.title.ends_with('.') && !fix.title.contains("**"), "{code}: {}", fix.title);
            assert!(fix.part("What to do").is_some(), "{code}: {:?}", fix.parts);
            assert_eq!(fix.class(), Some(*class));
        }
        assert_eq!(all().count(), CATALOGUE.len());
    }

    #[test]
    fn the_forms_of_our_markdown_are_rendered_and_nothing_is_left_of_them() {
        let shown = rendered(
            "One `a<b>` **bold\nword**.\n- first\n  goes on\n- [second](llm.timeout.md), [run](../x.md)\n\nEnd.",
        );
        let expected = "<p>One <code>a&lt;b&gt;</code> <strong>bold word</strong>.</p>\
                        <ul><li>first goes on</li><li><a href=\"/codes/llm.timeout\">second</a>, run</li></ul><p>End.</p>";
        assert_eq!(shown.into_string(), expected);
    }

    #[test]
    fn no_page_shows_its_own_marks() {
        for fix in all() {
            let shown = fix.body(3).into_string();
            assert!(!shown.contains("**") && !shown.contains("](") && !shown.contains('`'), "{}: {shown}", fix.code);
        }
    }
}
