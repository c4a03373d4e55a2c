//! The main job, shown and checked: sample invoices in, bills and dead letters out, nothing lost.
//!
//! Everything goes the way a user would go (`invoicectl`, HTTP), and what the sandbox's books hold in the end is
//! compared with what the samples say. It never reads the product's topics or memory itself.

mod amount;
mod books;
mod ctl;
mod outcome;
mod overload;
mod plan;
mod report;
mod table;

pub(crate) use books::Books;
pub(crate) use ctl::Ctl;
pub(crate) use outcome::{Outcome, await_all, await_duplicates};
pub(crate) use overload::Overload;
pub(crate) use plan::{Expected, Plan, Submission};
pub(crate) use report::Report;
pub(crate) use table::Table;
