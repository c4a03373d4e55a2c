//! The one connection that writes.

use super::{Error, Place, schema};
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const STATEMENTS_KEPT: usize = 128;

pub(super) struct Writer {
    connection: Connection,
}

impl Writer {
    /// Opens what is there if it is of this version, or makes an empty view.
    pub(super) fn open(place: &Place) -> Result<Self, Error> {
        let Place::File(path) = place else { return Self::create(Connection::open_in_memory()?) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
        }
        match Self::of_this_version(path) {
            Ok(Some(writer)) => Ok(writer),
            Ok(None) => Self::anew(path),
            Err(error) if error.is_of_the_view() => Self::anew(path),
            Err(error) => Err(error),
        }
    }

    /// An empty view in place of this one.
    pub(super) fn replace(&mut self, place: &Place) -> Result<(), Error> {
        // Closed first: the last connection to a file tidies up beside it.
        self.connection = Connection::open_in_memory()?;
        *self = match place {
            Place::File(path) => Self::anew(path)?,
            Place::Memory => Self::create(Connection::open_in_memory()?)?,
        };
        Ok(())
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    fn of_this_version(path: &Path) -> Result<Option<Self>, Error> {
        if !path.exists() {
            return Ok(None);
        }
        let connection = connect(path)?;
        let version = schema::version(&connection)?;
        Ok((version == schema::VERSION).then_some(Self { connection }))
    }

    fn anew(path: &Path) -> Result<Self, Error> {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            let path = PathBuf::from(name);
            match fs::remove_file(&path) {
                Err(source) if source.kind() != ErrorKind::NotFound => return Err(Error::File { path, source }),
                _ => {}
            }
        }
        Self::create(connect(path)?)
    }

    fn create(connection: Connection) -> Result<Self, Error> {
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        let tables = connection.unchecked_transaction()?;
        schema::create(&tables)?;
        tables.commit()?;
        Ok(Self { connection })
    }
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.execute_batch(schema::WRITER)?;
    Ok(connection)
}
