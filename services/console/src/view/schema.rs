//! The tables. A change of them is a new [`VERSION`]: a view of another version is made anew, never converted.

use rusqlite::Connection;

/// Of the tables and of what is written into them.
pub(super) const VERSION: i64 = 2;

/// What an erased invoice leaves behind is overwritten at once (`secure_delete`). A crash may cost the last transactions, which
/// are then read again with their offsets (`synchronous = NORMAL`).
pub(super) const WRITER: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA busy_timeout = 5000;";

pub(super) const READER: &str = "
    PRAGMA query_only = ON;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
    PRAGMA busy_timeout = 5000;";

/// `invoice` also has a row for what the history or a dead letter names before its status is there: it has no `place` then and
/// is not listed. `held` are all statuses of its partitions if there is more than one, which is so while keys are being moved.
const TABLES: &str = "
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE position (
        source TEXT NOT NULL, partition INTEGER NOT NULL, record_offset INTEGER NOT NULL, digest INTEGER NOT NULL,
        PRIMARY KEY (source, partition)
    ) WITHOUT ROWID;
    CREATE TABLE invoice (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        place INTEGER UNIQUE,
        partition INTEGER,
        status TEXT,
        held TEXT,
        vendor TEXT,
        first_seen_ms INTEGER,
        letters INTEGER NOT NULL,
        erased INTEGER NOT NULL
    );
    CREATE TABLE history (
        place INTEGER PRIMARY KEY,
        invoice INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        record_offset INTEGER NOT NULL,
        kind TEXT NOT NULL,
        stage INTEGER NOT NULL,
        run INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        took_ms INTEGER,
        code TEXT,
        cost TEXT,
        message TEXT,
        actor TEXT,
        reason TEXT,
        of_topic TEXT NOT NULL,
        of_partition INTEGER NOT NULL,
        of_offset INTEGER NOT NULL
    );
    CREATE INDEX history_of_invoice ON history (invoice, place);
    CREATE TABLE letter (
        place INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        stage INTEGER NOT NULL,
        code TEXT NOT NULL,
        class TEXT,
        run INTEGER,
        attempts INTEGER,
        message TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        record_offset INTEGER NOT NULL,
        vendor TEXT,
        vendor_key TEXT,
        closable INTEGER NOT NULL,
        open INTEGER NOT NULL
    );
    CREATE INDEX letter_of_invoice ON letter (id);
    CREATE INDEX letter_open ON letter (place) WHERE open;
    CREATE INDEX letter_open_by_code ON letter (stage, code, place) WHERE open;
    CREATE INDEX letter_open_by_vendor ON letter (vendor_key, place) WHERE open;
    CREATE TABLE count (
        kind INTEGER NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (kind, a, b)
    ) WITHOUT ROWID;
    CREATE VIRTUAL TABLE word USING fts5 (
        words, content = '', detail = none, columnsize = 0, tokenize = 'ascii', prefix = '1 2 3 4 5 9 13 17'
    );";

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "user_version", VERSION)
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// What is known of the view as a whole.
pub(super) mod meta {
    use rusqlite::{Connection, OptionalExtension};

    /// The cluster and the prefix of the topics.
    pub(in crate::view) const IDENTITY: &str = "identity";
    /// Set once the topics were read to their end for the first time.
    pub(in crate::view) const COMPLETE: &str = "complete";
    /// The index takes words out for good and does not only mark them.
    pub(in crate::view) const SECURE_DELETE: &str = "secure_delete";
    /// What was erased still stands in the write-ahead log.
    pub(in crate::view) const TO_BE_TRUNCATED: &str = "to_be_truncated";
    /// Events before this moment are not kept, in milliseconds since 1970.
    pub(in crate::view) const HISTORY_SINCE: &str = "history_since_ms";

    pub(in crate::view) fn get(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
        let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?")?;
        statement.query_row([key], |row| row.get(0)).optional()
    }

    pub(in crate::view) fn set(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2";
        connection.prepare_cached(sql)?.execute([key, value])?;
        Ok(())
    }

    pub(in crate::view) fn remove(connection: &Connection, key: &str) -> rusqlite::Result<()> {
        connection.prepare_cached("DELETE FROM meta WHERE key = ?")?.execute([key])?;
        Ok(())
    }
}
