//! Where a group that has lost its offset on a partition begins, by what the history says of each record; pure.
//!
//! Nothing that may be open is skipped. What is repeated is only what the history does not know to be settled.

use contract::{Headers, InvoiceId};
use engine::offset_map::{self, MAX_SPAN};
use std::collections::{BTreeMap, HashMap};

/// The settled records of one partition by their offsets, with the time of the event in milliseconds since 1970.
pub(super) type Settled = BTreeMap<i64, i64>;

/// What must be known of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) offset: i64,
    /// When the broker appended it, in milliseconds since 1970.
    pub(super) timestamp_ms: i64,
    /// Of a record that waits for an attempt: which attempt. A copy of it further on stands for it.
    pub(super) attempt: Option<Attempt>,
}

/// An attempt at a stage: invoice, run, number.
pub(super) type Attempt = (InvoiceId, u32, u32);

/// Where to begin on a partition, and what is done beyond.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Beginning {
    pub(super) position: i64,
    /// Finished records above the position, as commit metadata.
    pub(super) map: String,
    /// Records that will be processed.
    pub(super) open: u64,
    /// Of these: records that are settled, but lie beyond what the map can reach.
    pub(super) repeated: u64,
    /// Records that are taken for settled as they are older than the history.
    pub(super) presumed: u64,
}

/// The first offset at which a record can be open: a stage never finishes one further than [`MAX_SPAN`] above its
/// oldest open one, so below that everything is settled, also where the history has forgotten it.
pub(super) fn floor(settled: &Settled, low: i64) -> i64 {
    settled.last_key_value().map_or(low, |(highest, _)| low.max(highest - i64::from(MAX_SPAN)))
}

/// The attempt that a retry record asks for.
pub(super) fn attempt(id: Option<InvoiceId>, headers: &Headers) -> Option<Attempt> {
    Some((id?, headers.run?, headers.attempt?))
}

/// Decides from the records of a partition from [`floor`] on, in their order; `end` is one beyond the last.
/// Records from before `horizon_ms` may have been forgotten by the history and are taken for settled.
pub(super) fn beginning(records: &[Seen], settled: &Settled, horizon_ms: i64, end: i64) -> Beginning {
    let last_copy: HashMap<&Attempt, i64> =
        records.iter().filter_map(|record| Some((record.attempt.as_ref()?, record.offset))).collect();
    let mut beginning = Beginning { position: end, ..Beginning::default() };
    let mut done = Vec::new();
    for record in records {
        let copied = record.attempt.as_ref().is_some_and(|attempt| last_copy[attempt] > record.offset);
        if is_settled(record, settled) || copied {
            done.push(record.offset);
        } else if record.timestamp_ms < horizon_ms {
            beginning.presumed += 1;
            done.push(record.offset);
        } else {
            beginning.open += 1;
            beginning.position = beginning.position.min(record.offset);
        }
    }
    let position = beginning.position;
    let (reached, beyond): (Vec<i64>, Vec<i64>) = done
        .into_iter()
        .filter(|offset| *offset > position)
        .partition(|offset| offset - position <= i64::from(MAX_SPAN));
    beginning.repeated = u64::try_from(beyond.len()).unwrap_or(u64::MAX);
    beginning.open += beginning.repeated;
    beginning.map = offset_map::encode(position, reached);
    beginning
}

/// An event from before its record is of another topic of the same name, which was deleted.
fn is_settled(record: &Seen, settled: &Settled) -> bool {
    settled.get(&record.offset).is_some_and(|at_ms| *at_ms >= record.timestamp_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: i64 = 0;

    fn seen(offset: i64) -> Seen {
        Seen { offset, timestamp_ms: 1000 + offset, attempt: None }
    }

    fn settled(offsets: impl IntoIterator<Item = i64>) -> Settled {
        offsets.into_iter().map(|offset| (offset, 5000)).collect()
    }

    #[test]
    fn it_begins_at_the_oldest_open_record_and_skips_what_is_settled_beyond() {
        let records: Vec<Seen> = [3, 4, 6, 7, 9].into_iter().map(seen).collect();
        let found = beginning(&records, &settled([3, 4, 7]), NEVER, 11);
        assert_eq!((found.position, found.open, found.repeated), (6, 2, 0));
        assert_eq!(offset_map::decode(6, &found.map), Ok([7].into()));
    }

    #[test]
    fn where_all_is_settled_it_begins_at_the_end() {
        let found = beginning(&[seen(3), seen(4)], &settled([3, 4]), NEVER, 6);
        assert_eq!((found.position, found.open, found.map.as_str()), (6, 0, ""));
    }

    #[test]
    fn an_event_of_a_deleted_topic_settles_no_record_of_its_successor() {
        let record = Seen { timestamp_ms: 9000, ..seen(3) };
        assert_eq!(beginning(&[record], &settled([3]), NEVER, 4).position, 3);
    }

    #[test]
    fn a_retry_that_was_deferred_is_not_attempted_beside_its_copy() {
        let attempt = |number| Some(("A-1".parse().unwrap(), 1, number));
        let records = [
            Seen { attempt: attempt(2), ..seen(0) },
            Seen { attempt: attempt(2), ..seen(1) },
            Seen { attempt: attempt(3), ..seen(2) },
        ];
        let found = beginning(&records, &Settled::new(), NEVER, 3);
        assert_eq!((found.position, found.open), (1, 2));
    }

    #[test]
    fn what_the_history_may_have_forgotten_is_taken_for_settled() {
        let records = [seen(0), seen(1), seen(2)];
        let found = beginning(&records, &settled([2]), 1001, 3);
        assert_eq!((found.position, found.presumed, found.open), (1, 1, 1));
    }

    #[test]
    fn what_the_map_cannot_reach_is_repeated_and_never_skipped() {
        let far = i64::from(MAX_SPAN) + 5;
        let found = beginning(&[seen(0), seen(far)], &settled([far]), NEVER, far + 1);
        assert_eq!((found.position, found.open, found.repeated), (0, 2, 1));
    }

    #[test]
    fn nothing_below_the_reach_of_the_window_is_read() {
        assert_eq!(floor(&Settled::new(), 7), 7);
        assert_eq!(floor(&settled([100]), 7), 7);
        assert_eq!(floor(&settled([20_000]), 7), 20_000 - i64::from(MAX_SPAN));
    }
}
