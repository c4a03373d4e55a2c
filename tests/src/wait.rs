//! Waiting for what cannot be subscribed to.

use std::time::Duration;

/// How often it is looked at.
const AGAIN: Duration = Duration::from_millis(20);

/// Looks at something outside until it is as wanted.
///
/// # Panics
/// When it is not within the deadline.
pub async fn until(what: &str, within: Duration, mut reached: impl FnMut() -> bool) {
    let look = async {
        while !reached() {
            tokio::time::sleep(AGAIN).await;
        }
    };
    assert!(tokio::time::timeout(within, look).await.is_ok(), "waited {within:?} in vain until {what}");
}
