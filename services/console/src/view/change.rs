//! What listeners are told.

use super::Invoice;
use contract::InvoiceId;
use std::sync::Arc;

/// Something that is in the view now and was not before.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The invoice is new or has another state.
    Invoice(Arc<Invoice>),
    /// The pipeline does not know the invoice any more.
    Removed(InvoiceId),
    /// Dead letters have come or no longer wait for anybody; so have the totals.
    Letters,
    /// All topics were read to their end: what is shown is what there is.
    CaughtUp,
    /// The view is being made anew: what was shown is void.
    Rebuilding,
}
