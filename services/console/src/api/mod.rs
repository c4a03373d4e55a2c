//! The HTTP API, `/api/v1`: JSON over the same desk that the pages use.
//!
//! Architecture invariant: what is served is what the table of routes lists, each with the role that it needs; the OpenAPI document is
//! made from the same list.

mod dead_letters;
mod events;
mod export;
mod extract;
mod invoices;
mod openapi;
mod route;
mod stages;
pub(crate) mod upload;

use crate::auth::{Guard, Role};
use crate::desk;
use crate::server::App;
use crate::view::{self, Page};
use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use contract::stages::Control;
use route::Route;
use std::sync::LazyLock;

/// Where the API begins.
pub const ROOT: &str = "/api/v1";

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::document(&routes()).to_string());

/// The API's router, relative to [`ROOT`].
pub(crate) fn router(guard: &Guard) -> Router<App> {
    routes().into_iter().fold(Router::new(), |router, route| {
        let (path, handler) = route.guarded(guard);
        router.route(path, handler)
    })
}

/// The table of routes.
#[rustfmt::skip]
fn routes() -> Vec<Route> {
    use Role::{Operate, Read, Submit};
    use dead_letters as letters;
    let accepted = "Handed in; not all have ended. Ask again, or wait.";
    vec![
        Route::post("/invoices", Submit, ("submitInvoices", "Hands in one invoice, several, or PDFs, and waits for their end if asked to."), invoices::submit)
            .query::<invoices::Handing>()
            .takes::<invoices::Wanted>().takes_as::<invoices::Pdf>(upload::PDF).takes_as::<upload::Files>(upload::FORM)
            .gives_with::<invoices::Submitted>(StatusCode::OK, "All have ended, or their ids belong to other invoices.")
            .gives_with::<invoices::Submitted>(StatusCode::ACCEPTED, accepted),
        Route::get("/invoices", Read, ("listInvoices", "Lists invoices, the one that changed last first."), invoices::list)
            .query::<invoices::List>().gives::<Page<view::Invoice>>(),
        Route::get("/invoices/{id}", Read, ("getInvoice", "Gives an invoice with its history, once it has ended if asked to wait."), invoices::one)
            .query::<invoices::Patience>().gives::<invoices::Known>(),
        Route::get("/invoices/{id}/history", Read, ("getHistory", "Gives all that happened to an invoice, oldest first."), invoices::history)
            .gives::<invoices::History>(),
        Route::get("/invoices/{id}/facts", Read, ("getFacts", "Gives the fields that were read, where they stand, and what the checks say."), invoices::facts)
            .gives::<desk::Facts>(),
        Route::get("/invoices/{id}/records", Read, ("getRecords", "Gives the Kafka records behind an invoice."), invoices::records)
            .gives::<invoices::Records>(),
        Route::get("/invoices/{id}/document", Read, ("getDocument", "Gives the PDF."), invoices::document)
            .gives_file(upload::PDF, "The PDF, byte for byte."),
        Route::get("/invoices/{id}/pages/{page}", Read, ("getPage", "Gives a page of the PDF as a picture."), invoices::page)
            .gives_file("image/png", "The page, 1200 pixels wide."),
        Route::post("/invoices/{id}/cancel", Operate, ("cancelInvoice", "Stops an invoice before it is posted."), invoices::cancel)
            .takes::<invoices::Because>().gives_nothing("It will not be posted, unless its bill was being made just then."),
        Route::post("/invoices/{id}/erase", Operate, ("eraseInvoice", "Takes the personal data of an ended invoice out; its id stays taken."), invoices::erase)
            .takes::<invoices::Because>().gives::<desk::Erased>(),
        Route::get("/dead-letters", Read, ("listDeadLetters", "Lists dead letters that wait for somebody, newest first."), letters::list)
            .query::<letters::List>().gives::<Page<view::Letter>>(),
        Route::get("/dead-letters/groups", Read, ("groupDeadLetters", "Counts dead letters that wait for somebody, by stage and code."), letters::groups)
            .query::<letters::Which>().gives::<letters::Groups>(),
        Route::post("/dead-letters/replay", Operate, ("replayDeadLetters", "Replays selected dead letters step by step, or says what that would do."), letters::replay_many)
            .takes::<desk::Replay>().gives::<desk::Replayed>(),
        Route::get("/dead-letters/{id}", Read, ("getDeadLetter", "Gives the dead letter of an invoice with its contents."), letters::one)
            .gives::<desk::LetterContents>(),
        Route::post("/dead-letters/{id}/replay", Operate, ("replayDeadLetter", "Runs an invoice again, as it is or edited."), letters::replay)
            .takes::<letters::Again>().gives::<desk::Decided>(),
        Route::post("/dead-letters/{id}/approve", Operate, ("approveDeadLetter", "Lets an invoice go on, as it is or corrected."), letters::approve)
            .takes::<letters::Approval>().gives::<desk::Decided>(),
        Route::post("/dead-letters/{id}/discard", Operate, ("discardDeadLetter", "Closes a dead letter: nothing will run."), letters::discard)
            .takes::<invoices::Because>().gives::<desk::Decided>(),
        Route::post("/dead-letters/{id}/check", Read, ("checkEdited", "Runs the checks on an invoice as somebody edits it, and changes nothing."), letters::check)
            .takes::<letters::Edited>().gives::<desk::Checked>(),
        Route::get("/totals", Read, ("getTotals", "Counts invoices by state, stage, code and day, and what was spent."), stages::totals)
            .query::<stages::Since>().gives::<stages::Counts>(),
        Route::get("/stages", Read, ("getStages", "Says how the stages and their replicas are."), stages::all)
            .gives::<stages::Reports>(),
        Route::post("/stages/{stage}/pause", Operate, ("pauseStage", "Tells a stage to start nothing."), stages::pause)
            .takes::<stages::Reason>().gives::<Control>(),
        Route::post("/stages/{stage}/resume", Operate, ("resumeStage", "Tells a stage to go on."), stages::resume)
            .takes::<stages::Reason>().gives::<Control>(),
        Route::get("/events", Read, ("streamEvents", "Tells what happens, as server-sent events: invoice, removed, dead_letters, stages, reload."), events::events)
            .query::<events::Which>().gives_file("text/event-stream", "Events without end."),
        Route::get("/export/{file}", Read, ("export", "Gives invoices.csv, invoices.jsonl, history.csv or history.jsonl; invoices as a list is filtered."), export::export)
            .query::<invoices::List>().gives_file("text/csv", "For a spreadsheet.").gives_file("application/jsonl", "An object on each line."),
        Route::get("/openapi.json", Read, ("describe", "Gives this description."), describe)
            .gives_file(route::JSON, "An OpenAPI 3.1 document."),
    ]
}

async fn describe() -> impl IntoResponse {
    ([(axum::http::header::CONTENT_TYPE, route::JSON)], DOCUMENT.as_str())
}
