//! A formatted data folder, which KRaft wants before its first start.
//!
//! Formatting takes a JVM of its own for a second, so it is done once per version and copied from then on: the
//! brokers share a cluster id, which nothing compares, as they never meet.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::properties::{Ports, properties};
use super::security::Security;
use super::{QUIET, classpath, java};
use crate::error::{Error, Result};

/// 16 bytes in URL-safe base64, as KRaft writes its ids.
const CLUSTER_ID: &str = "aW52b2ljZXMtbG9jYWwtMQ";
const FORMATTED: [&str; 2] = ["meta.properties", "bootstrap.checkpoint"];

/// Formats `data` unless it is already.
pub(crate) fn format(data: &Path) -> Result<()> {
    if data.join(FORMATTED[0]).is_file() {
        return Ok(());
    }
    fs::create_dir_all(data).map_err(Error::file("create", data))?;
    let template = template()?;
    // meta.properties last: with it the folder counts as formatted.
    for file in FORMATTED.iter().rev() {
        fs::copy(template.join(file), data.join(file)).map_err(Error::file("write", data.join(file)))?;
    }
    Ok(())
}

/// As [`format`], with the users of a secured broker, which are part of its data; `config` is its settings.
pub(crate) fn format_secured(data: &Path, config: &Path, security: &Security) -> Result<()> {
    if data.join(FORMATTED[0]).is_file() {
        return Ok(());
    }
    run_storage_tool(config, &classpath()?, security.scram())
}

/// Beside the jars, so that it goes when their version changes.
fn template() -> Result<PathBuf> {
    let classpath = classpath()?;
    let _alone = super::lock()?;
    let template = super::dir().join("libs/.formatted");
    if !template.is_dir() {
        let scratch = template.with_file_name(".formatting");
        let unused = Ports { broker: 1, controller: 2 };
        let config = scratch.with_extension("properties");
        let settings = properties(unused, unused.broker, &scratch, None, &[]);
        fs::write(&config, settings).map_err(Error::file("write", &config))?;
        run_storage_tool(&config, &classpath, [].into_iter())?;
        fs::rename(&scratch, &template).map_err(Error::file("write", &template))?;
    }
    Ok(template)
}

fn run_storage_tool(config: &Path, classpath: &str, scram: impl Iterator<Item = String>) -> Result<()> {
    let done = Command::new(java())
        .args(["-XX:TieredStopAtLevel=1", QUIET, "-cp", classpath, "kafka.tools.StorageTool"])
        .args(["format", "--ignore-formatted", "-t", CLUSTER_ID, "-c"])
        .arg(config)
        .args(scram.flat_map(|user| ["--add-scram".to_owned(), user]))
        .output()
        .map_err(|e| Error::Format(format!("java: {e}")))?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(Error::Format(String::from_utf8_lossy(&said).into_owned()))
}
