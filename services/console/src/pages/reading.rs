//! The PDF beside its fields: the pictures of its pages with the lines that the fields stand on marked, or, where there are no
//! pictures, the text as it was read with the same lines marked.

use super::findings::Finding;
use super::words;
use contract::Evidence;
use maud::{Markup, html};

/// What was read of a PDF.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    pub pages: Vec<Page>,
    /// Where the PDF itself is, if we have it.
    pub pdf: Option<String>,
    /// Characters in the middle that were left out as too many.
    pub left_out: usize,
    /// There was no text to read.
    pub is_scan: bool,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    pub number: u32,
    pub lines: Vec<Line>,
    /// Width and height in points, if they are known.
    pub size: Option<[f32; 2]>,
    /// Where its picture is.
    pub picture: Option<String>,
}

/// One line of text, numbered by its place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    pub text: String,
    /// Left, top, right, bottom in points, if they are known.
    pub bounds: Option<[f32; 4]>,
}

impl Reading {
    /// From text alone: pages are parted by a form feed on a line of its own.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let page = |(index, text): (usize, &str)| {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let lines = lines.map(|line| Line { text: line.to_owned(), bounds: None }).collect();
            Page {
                number: u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1),
                lines,
                size: None,
                picture: None,
            }
        };
        let pages = text.split('\u{c}').enumerate().map(page).filter(|page| !page.lines.is_empty()).collect();
        Self { pages, ..Self::default() }
    }
}

impl Page {
    fn has_boxes(&self) -> bool {
        self.picture.is_some() && self.size.is_some()
    }
}

/// The document with the lines of the evidence marked.
#[must_use]
pub fn document(reading: &Reading, evidence: &[Evidence], found: &[Finding]) -> Markup {
    html! {
        section.document aria-labelledby="document-title" {
            div.heading {
                h2 #document-title { "Document" }
                @if let Some(pdf) = &reading.pdf {
                    a.button href=(pdf) target="_blank" rel="noopener" {
                        "Open the PDF"
                        span.unseen { " in a new tab" }
                    }
                }
            }
            @if reading.pages.is_empty() {
                p.sub { (without(reading)) }
            }
            @if reading.left_out > 0 {
                p.sub {
                    "The middle was left out of the text: "
                    ({
                        words::counted(
                            reading.left_out as u64,
                            "character",
                            "characters",
                        )
                    })
                    "."
                }
            }
            @for page in &reading.pages { (shown(page, evidence, found)) }
        }
    }
}

const fn without(reading: &Reading) -> &'static str {
    if reading.is_scan {
        "The PDF has no text: it is a picture of paper. Open it to compare."
    } else {
        "Nothing was read of the document yet."
    }
}

fn shown(page: &Page, evidence: &[Evidence], found: &[Finding]) -> Markup {
    html! {
        figure.page id={ "page-" (page.number) } {
            figcaption { "Page " (page.number) }
            @if page.has_boxes() {
                (picture(page, evidence, found))
                details {
                    summary { "Text as it was read" }
                    (text(page, evidence, false))
                }
            } @else { (text(page, evidence, true)) }
        }
    }
}

/// The picture, with a box over each line that a field stands on. The boxes are links to the fields, and so have names.
fn picture(page: &Page, evidence: &[Evidence], found: &[Finding]) -> Markup {
    let [width, height] = page.size.unwrap_or([595.0, 842.0]);
    html! {
        div.picture {
            img src=[page.picture.as_deref()]
                alt={ "Page " (page.number) " of the PDF; its text stands below" }
                width=(width.round())
                height=(height.round())
                loading="lazy"
                decoding="async";
            svg viewBox={ "0 0 " (width) " " (height) }
                role="group"
                aria-label={ "Where fields stand on page " (page.number) }
            {
                @for (index, line) in page.lines.iter().enumerate() {
                    @let fields = fields(page, index, evidence);
                    @if let (Some(bounds), false) = (line.bounds, fields.is_empty()) {
                        ({
                            boxed(
                                &format!("line-{}-{}", page.number, index + 1),
                                bounds,
                                &fields,
                                found,
                            )
                        })
                    }
                }
            }
        }
    }
}

fn boxed(id: &str, [left, top, right, bottom]: [f32; 4], fields: &[&str], found: &[Finding]) -> Markup {
    const MARGIN: f32 = 2.0;
    let fails = found.iter().any(|finding| finding.holds() && fields.contains(&finding.field.as_str()));
    let named: Vec<String> = fields.iter().map(|field| words::field(field)).collect();
    let named = named.join(", ") + if fails { " (fails a check)" } else { "" };
    html! {
        a   id=(id)
            class=[fails.then_some("bad")]
            href={ "#" (super::findings::anchor(fields[0])) }
            data-fields=(fields.join(" "))
            aria-label=(named)
        {
            rect
                x=(left - MARGIN)
                y=(top - MARGIN)
                width=((right - left).max(1.0) + 2.0 * MARGIN)
                height=((bottom - top).max(1.0) + 2.0 * MARGIN)
                rx="2"
            {
                title { (named) }
            }
        }
    }
}

fn text(page: &Page, evidence: &[Evidence], is_alone: bool) -> Markup {
    html! {
        ol.text tabindex="0" aria-label={ "Text of page " (page.number) } {
            @for (index, line) in page.lines.iter().enumerate() {
                @let fields = fields(page, index, evidence);
                li  id=[is_alone.then(|| format!("line-{}-{}", page.number, index + 1))]
                    data-fields=[(!fields.is_empty()).then(|| fields.join(" "))]
                {
                    @if fields.is_empty() { (line.text) } @else {
                        mark { (line.text) }
                        span.fields {
                            @for field in &fields {
                                " "
                                span.tag { (words::field(field)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The fields that stand on a line.
fn fields<'a>(page: &Page, index: usize, evidence: &'a [Evidence]) -> Vec<&'a str> {
    let here = |evidence: &&Evidence| evidence.page == page.number && evidence.line as usize == index + 1;
    evidence.iter().filter(here).map(|evidence| evidence.field.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::example;

    #[test]
    fn the_lines_that_fields_stand_on_are_marked_with_the_names_of_the_fields() {
        let shown = document(&Reading::of_text("Kaveri Kables\nTotal 5\n\u{c}\nPage two"), &example::evidence(), &[])
            .into_string();
        assert!(shown.contains("<mark>Kaveri Kables</mark>") && shown.contains(">Vendor</span>"));
        assert!(shown.contains("data-fields=\"total\"") && shown.contains("Page 2"));
    }

    #[test]
    fn boxes_lie_where_the_lines_are_in_points() {
        let shown = document(&example::pictured(), &example::evidence(), &[]).into_string();
        assert!(
            shown.contains("viewBox=\"0 0 595 842\"")
                && shown.contains("<rect x=\"58\" y=\"78\" width=\"204\" height=\"18\"")
        );
        assert!(shown.contains("aria-label=\"Vendor\"") && !shown.contains("style="));
    }

    #[test]
    fn text_of_a_pdf_is_only_text() {
        let shown =
            document(&Reading::of_text("<script>alert(1)</script>\n<img src=x onerror=y>"), &[], &[]).into_string();
        assert!(!shown.contains("<script") && !shown.contains("<img"));
    }
}
