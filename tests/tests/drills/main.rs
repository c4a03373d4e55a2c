//! Disasters, and the way out of each, as the runbooks in `docs/runbooks` say: the drills carry out the runbooks' own
//! commands, on a broker of their own, with the real services and the sandbox.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

/// The broker's disk is gone, with a backup and without.
mod broker_disk_lost;
/// The groups' offsets expired, were deleted, or were set by somebody.
mod offsets_lost;
/// Somebody added partitions.
mod partitions_added;
/// The commands of a runbook.
mod runbook;
/// A broker, the services and the sandbox, and a shell that reaches them.
mod site;
/// A topic of each kind is gone.
mod topic_deleted;
