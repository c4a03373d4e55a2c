//! Help: the keys, which nobody needs, and the words that the pages use.

use super::{state, words};
use maud::{Markup, html};

const KEYS: [(&str, &str); 8] = [
    ("j", "next item of a list"),
    ("k", "previous item of a list"),
    ("Enter", "open the item"),
    ("/", "search"),
    ("a", "approve the item on the page; you are asked before"),
    ("n", "next item to review"),
    ("?", "this help"),
    ("Esc", "close a dialog"),
];

/// The dialog that `?` opens. Single keys can be switched off in it, for whoever dictates or uses other keys.
#[must_use]
pub fn dialog() -> Markup {
    html! {
        dialog #help aria-labelledby="help-title" {
            h2 #help-title { "Keyboard shortcuts" }
            (keys())
            p {
                label.check {
                    input #single-keys type="checkbox" checked;
                    " Use single keys"
                }
            }
            form method="dialog" {
                div.actions {
                    button.primary autofocus { "Close" }
                }
            }
        }
    }
}

/// The page for whoever has no scripts or wants to read on.
#[must_use]
pub fn page() -> Markup {
    html! {
        h1 { "Help" }
        div.columns {
            section.card aria-labelledby="states" {
                h2 #states { "What the states mean" }
                dl.states {
                    @for each in words::STATES {
                        dt { (state::pill(each)) }
                        dd { (words::meaning(each)) }
                    }
                }
            }
            section.card aria-labelledby="keys" {
                h2 #keys { "Keyboard shortcuts" }
                p {
                    "None is needed: everything can be reached with Tab and Enter. In the dialog that ? opens they can be switched off."
                }
                (keys())
                h2 { "What happens to an invoice" }
                ol {
                    li {
                        strong { "Read the PDF" }
                        " (fetch-extract): it is fetched, kept and read."
                    }
                    li {
                        strong { "Find the fields" }
                        " (llm-structure): a language model finds them, and each is checked against the PDF, the arithmetic and the law."
                    }
                    li {
                        strong { "Post the bill" }
                        " (post-to-zoho): the bill is made once, with the PDF attached."
                    }
                }
                p {
                    "Whatever is in doubt waits under "
                    a href="/review" { "Review" }
                    ". Nothing is paid for twice, and nothing is posted twice, however often a button is pressed."
                }
            }
        }
    }
}

fn keys() -> Markup {
    html! {
        dl.keys {
            @for (key, does) in KEYS {
                div {
                    dt {
                        kbd { (key) }
                    }
                    dd { (does) }
                }
            }
        }
    }
}
