//! Calls into the client that may never return, made on a thread of their own and given up in time.
//!
//! librdkafka waits without a bound of its own for the reply to offsets that are handed to a transaction, and drops that reply
//! if the coordinator's connection is taken down just then (`rd_kafka_txn_handle_AddOffsetsToTxn` and
//! `rd_kafka_txn_handle_TxnOffsetCommit`, errors `__DESTROY` and `__OUTDATED`). A storm has found a replica that kept its partitions
//! in this way and never committed again.

use std::cell::Cell;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// A function on a thread of its own, for as long as it returns.
#[derive(Debug)]
pub(crate) struct Bounded<A, R> {
    calls: Option<Sender<A>>,
    returns: Receiver<R>,
    thread: Option<JoinHandle<()>>,
    is_lost: Cell<bool>,
}

/// A call has not returned in time. Its thread stays where it is, with all that it holds, until the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost;

impl<A: Send + 'static, R: Send + 'static> Bounded<A, R> {
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(name: &str, mut function: impl FnMut(A) -> R + Send + 'static) -> io::Result<Self> {
        let (calls, received) = mpsc::channel();
        let (reply, returns) = mpsc::channel();
        let serve = move || {
            while let Ok(argument) = received.recv() {
                if reply.send(function(argument)).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(serve)?;
        Ok(Self { calls: Some(calls), returns, thread: Some(thread), is_lost: Cell::new(false) })
    }

    /// Calls the function and waits for so long.
    ///
    /// # Errors
    /// When it has not returned, now or in an earlier call.
    pub(crate) fn call(&self, argument: A, within: Duration) -> Result<R, Lost> {
        let sent = self.calls.as_ref().filter(|_| !self.is_lost.get()).map(|calls| calls.send(argument));
        let returned = match sent {
            Some(Ok(())) => self.returns.recv_timeout(within).ok(),
            Some(Err(_)) | None => None,
        };
        self.is_lost.set(returned.is_none());
        returned.ok_or(Lost)
    }
}

impl<A, R> Drop for Bounded<A, R> {
    fn drop(&mut self) {
        self.calls.take();
        if let Some(thread) = self.thread.take().filter(|_| !self.is_lost.get()) {
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_never_returns_is_given_up_and_not_waited_for_again() {
        let (_keep, never) = mpsc::channel::<()>();
        let calls = Bounded::start("test", move |hangs: bool| {
            if hangs {
                never.recv().ok();
            }
            7
        });
        let calls = calls.unwrap();
        assert_eq!(calls.call(false, Duration::from_secs(60)), Ok(7));
        assert_eq!(calls.call(true, Duration::from_millis(20)), Err(Lost));
        assert_eq!(calls.call(false, Duration::from_secs(60)), Err(Lost), "at once");
        drop(calls);
    }

    #[test]
    fn what_returns_is_awaited_at_the_end() {
        let (done, ended) = mpsc::channel();
        let calls = Bounded::start("test", move |number: u32| done.send(number).is_ok()).unwrap();
        assert_eq!(calls.call(3, Duration::from_secs(60)), Ok(true));
        drop(calls);
        assert_eq!(ended.try_iter().collect::<Vec<_>>(), [3]);
        assert!(ended.try_recv().is_err(), "the function is gone with its thread");
    }
}
