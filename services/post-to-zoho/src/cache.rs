//! What the organisation has set up and seldom changes: read once, and again when something is missing from it or an hour has passed.

use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// What is older is read again: people rename, merge and deactivate what a list names.
const EXPIRES: Duration = Duration::from_secs(3600);

/// One list of Zoho's, as it was when it was last read.
#[derive(Debug)]
pub(crate) struct Cache<T> {
    held: Mutex<Option<Held<T>>>,
    /// What is younger is not read again, however much is missing from it.
    settled: Duration,
    expires: Duration,
}

#[derive(Debug)]
struct Held<T> {
    value: T,
    read_at: Instant,
}

impl<T> Cache<T> {
    pub(crate) fn new(settled: Duration) -> Self {
        Self { held: Mutex::new(None), settled, expires: EXPIRES }
    }

    /// Looks into the list. It is read by `load` if it never was, if it has expired, or if it lacks what is sought and is not young.
    /// Those who look at the same time wait for one reading.
    pub(crate) async fn find<R, E>(
        &self,
        look: impl Fn(&T) -> Option<R>,
        load: impl Future<Output = Result<T, E>>,
    ) -> Result<Option<R>, E> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| held.read_at.elapsed() < self.expires) {
            let found = look(&held.value);
            if found.is_some() || held.read_at.elapsed() < self.settled {
                return Ok(found);
            }
        }
        let value = load.await?;
        let found = look(&value);
        *held = Some(Held { value, read_at: Instant::now() });
        Ok(found)
    }

    /// Adds to the list what Zoho has just taken in.
    pub(crate) async fn update(&self, change: impl FnOnce(&mut T)) {
        if let Some(held) = self.held.lock().await.as_mut() {
            change(&mut held.value);
        }
    }

    /// Drops the list, so that the next look reads it again.
    pub(crate) async fn forget(&self) {
        *self.held.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::convert::Infallible;

    async fn reads_for_two_looks(settled: Duration, sought: u32) -> u32 {
        reads_of(&Cache::new(settled), sought).await
    }

    async fn reads_of(cache: &Cache<Vec<u32>>, sought: u32) -> u32 {
        let reads = Cell::new(0);
        for _ in 0..2 {
            let load = async {
                reads.set(reads.get() + 1);
                Ok::<_, Infallible>(vec![1, 2])
            };
            let found = cache.find(|list: &Vec<u32>| list.iter().find(|&&n| n == sought).copied(), load).await;
            assert_eq!(found.unwrap(), (sought < 3).then_some(sought));
        }
        reads.get()
    }

    #[tokio::test]
    async fn a_list_is_read_again_only_when_it_is_old_and_lacks_what_is_sought() {
        assert_eq!(reads_for_two_looks(Duration::ZERO, 1).await, 1);
        assert_eq!(reads_for_two_looks(Duration::ZERO, 3).await, 2);
        assert_eq!(reads_for_two_looks(Duration::from_secs(60), 3).await, 1);
    }

    #[tokio::test]
    async fn a_list_that_has_expired_is_read_again_although_it_has_what_is_sought() {
        let cache = Cache { expires: Duration::ZERO, ..Cache::new(Duration::from_secs(60)) };
        assert_eq!(reads_of(&cache, 1).await, 2);
    }

    #[tokio::test]
    async fn a_list_that_could_not_be_read_is_asked_for_again() {
        let cache: Cache<u32> = Cache::new(Duration::from_secs(60));
        let look = |value: &u32| Some(*value);
        assert_eq!(cache.find(look, async { Err("down") }).await, Err("down"));
        assert_eq!(cache.find(look, async { Ok::<_, &str>(7) }).await, Ok(Some(7)));
    }
}
