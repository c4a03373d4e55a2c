//! Kafka's jars from Maven Central, once per target folder and version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};

const POM: &str = include_str!("../../kafka/pom.xml");

/// The folder of the jars.
pub(super) fn fetch() -> Result<PathBuf> {
    let dir = super::dir();
    let (pom, libs) = (dir.join("pom.xml"), dir.join("libs"));
    let _alone = super::lock()?;
    // The pom is written last, so it stands for a whole set of jars.
    if fs::read_to_string(&pom).is_ok_and(|known| known == POM) && libs.is_dir() {
        return Ok(libs);
    }
    download(&dir, &libs)?;
    fs::write(&pom, POM).map_err(Error::file("write", &pom))?;
    Ok(libs)
}

fn download(dir: &Path, libs: &Path) -> Result<()> {
    let pom = dir.join("wanted.xml");
    fs::write(&pom, POM).map_err(Error::file("write", &pom))?;
    if libs.exists() {
        fs::remove_dir_all(libs).map_err(Error::file("remove", libs))?;
    }
    let done = Command::new("mvn")
        .args(["-q", "-B", "-f"])
        .arg(&pom)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", libs.display()))
        .output()
        .map_err(|e| Error::Maven(format!("mvn: {e}")))?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(Error::Maven(format!("mvn ended with {}: {}", done.status, String::from_utf8_lossy(&said))))
}
