//! Storms with consecutive seeds until the time is over, one line each; `make soak` starts it.
//!
//! SEED is the first seed (default 1), SECONDS the time in which storms begin (default 600), SEEDS the most storms,
//! INVOICES the least number of invoices of each (default 500). It ends with the first storm that fails, and 101.

use std::str::FromStr;
use std::time::{Duration, Instant};
use testkit::storm::{self, Total};

#[tokio::main]
async fn main() {
    let began = Instant::now();
    let (first, seconds) = (setting("SEED", 1), setting("SECONDS", 600));
    let (most, invoices) = (setting("SEEDS", u64::MAX), setting("INVOICES", 500));
    let mut total = Total::default();
    for seed in (first..).take(usize::try_from(most).unwrap_or(usize::MAX)) {
        let report = storm::run(seed, invoices).await;
        println!("{report}");
        total.add(&report);
        if began.elapsed() >= Duration::from_secs(seconds) {
            break;
        }
    }
    println!("soak: {total}");
}

/// A number from the environment; empty is as good as absent.
///
/// # Panics
/// When it is none.
fn setting<T: FromStr>(name: &str, default: T) -> T {
    let text = std::env::var(name).unwrap_or_default();
    if text.is_empty() {
        return default;
    }
    text.parse().unwrap_or_else(|_| panic!("{name} must be a number, not {text:?}"))
}
