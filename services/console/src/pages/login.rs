//! The page to log in at.

use maud::{Markup, html};

/// The form; `to` is a path of ours that follows.
#[must_use]
pub fn page(to: &str, is_wrong: bool) -> Markup {
    html! {
        form.card.login method="post" action="/login" {
            h1 { "Log in" }
            @if is_wrong {
                p #login-error.note.bad role="alert" {
                    span.icon aria-hidden="true" { "!" }
                    " That token is not known. Whoever runs the console has it in its settings."
                }
            }
            input type="hidden" name="to" value=(to);
            p.field {
                label for="token" { "Your access token" }
                input
                    #token
                    type="password"
                    name="token"
                    required
                    autofocus
                    autocomplete="current-password"
                    aria-invalid=[is_wrong.then_some("true")]
                    aria-describedby=[is_wrong.then_some("login-error")];
            }
            button.primary { "Log in" }
            p.sub { "What you do is written into the history under your token’s name." }
        }
    }
}
