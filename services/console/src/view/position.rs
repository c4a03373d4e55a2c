//! What was read, and how far.

use super::order::digest;
use contract::Stage;
use rusqlite::Connection;
use std::collections::BTreeMap;
use stream::read::Record;

/// A topic that the view is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    Status,
    History,
    /// The dead letters of a stage.
    Letters(Stage),
}

/// A record and the topic that it was read from.
#[derive(Debug, Clone)]
pub struct Seen {
    pub source: Source,
    pub record: Record,
}

/// The last record that was read of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub offset: i64,
    /// By what it is known again: where another record stands at this offset, the topic is another one.
    pub(super) digest: i64,
}

/// The last record that was read, of each topic and partition.
pub type Positions = BTreeMap<Source, BTreeMap<i32, Position>>;

impl Source {
    pub const ALL: [Self; 5] = [
        Self::Status,
        Self::History,
        Self::Letters(Stage::FetchExtract),
        Self::Letters(Stage::LlmStructure),
        Self::Letters(Stage::PostToZoho),
    ];

    /// What it is called in the view and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::History => "history",
            Self::Letters(Stage::FetchExtract) => "fetch-extract.dlq",
            Self::Letters(Stage::LlmStructure) => "llm-structure.dlq",
            Self::Letters(Stage::PostToZoho) => "post-to-zoho.dlq",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

impl Position {
    pub(super) fn of(record: &Record) -> Self {
        let (key, value) = (record.key.as_deref().unwrap_or_default(), record.value.as_deref().unwrap_or_default());
        // The time at which the broker took it tells equal records apart.
        let mut bytes = record.timestamp_ms.to_be_bytes().to_vec();
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(&value[..value.len().min(1024)]);
        Self { offset: record.offset, digest: digest(&bytes).cast_signed() }
    }
}

pub(super) fn read(connection: &Connection) -> rusqlite::Result<Positions> {
    let mut statement = connection.prepare_cached("SELECT source, partition, record_offset, digest FROM position")?;
    let rows = statement.query_map([], |row| {
        let position = Position { offset: row.get(2)?, digest: row.get(3)? };
        Ok((row.get::<_, String>(0)?, row.get(1)?, position))
    })?;
    let mut positions = Positions::new();
    for row in rows {
        let (source, partition, position) = row?;
        if let Some(source) = Source::parse(&source) {
            positions.entry(source).or_default().insert(partition, position);
        }
    }
    Ok(positions)
}

pub(super) fn write(connection: &Connection, source: Source, partition: i32, at: Position) -> rusqlite::Result<()> {
    let sql = "INSERT INTO position (source, partition, record_offset, digest) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET record_offset = ?3, digest = ?4";
    connection.prepare_cached(sql)?.execute((source.name(), partition, at.offset, at.digest))?;
    Ok(())
}
