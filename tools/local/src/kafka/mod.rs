//! Apache Kafka's own jars on the JVM: how they are got, configured and started.
//!
//! Never a reimplementation and never a mock: what runs here is the broker of the version in `pom.xml`.

pub(crate) mod certificates;
pub(crate) mod format;
mod jars;
pub(crate) mod port;
pub(crate) mod probe;
pub(crate) mod properties;
mod security;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result};
use crate::layout;

pub use security::{Security, User};

/// The class path of Kafka's jars; fetches them first if they are missing or of another version.
pub fn classpath() -> Result<String> {
    Ok(format!("{}/*", jars::fetch()?.display()))
}

/// One of Kafka's own tools, such as `org.apache.kafka.tools.ConsoleProducer`, ready for its arguments.
pub fn tool(class: &str) -> Result<Command> {
    let mut command = Command::new(java());
    command.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", QUIET, "-cp", &classpath()?, class]);
    Ok(command)
}

pub(crate) const QUIET: &str = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn";

/// `$JAVA_HOME/bin/java`, else the one on the PATH.
pub(crate) fn java() -> String {
    jdk("java")
}

/// A program of the JDK: `$JAVA_HOME/bin/NAME`, else the one on the PATH.
fn jdk(name: &str) -> String {
    std::env::var("JAVA_HOME").map_or_else(|_| name.to_owned(), |home| format!("{home}/bin/{name}"))
}

/// Where jars and the formatted template are kept.
fn dir() -> PathBuf {
    layout::target().join("kafka")
}

/// Several processes and threads may prepare Kafka at once: one does, the others wait for it.
fn lock() -> Result<File> {
    let dir = dir();
    fs::create_dir_all(&dir).map_err(Error::file("create", &dir))?;
    let path = dir.join("lock");
    File::create(&path).and_then(|file| file.lock().map(|()| file)).map_err(Error::file("lock", path))
}
