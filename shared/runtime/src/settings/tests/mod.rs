//! The promises of loading, one file per idea.

mod data_centre;
mod layers;
mod mistakes;
mod secrets;

use super::{Mistakes, Settings};
use std::ffi::OsString;
use std::fs;
use tempfile::TempDir;

/// A folder for files that settings are read from.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn load(variables: &[(&str, &str)]) -> Result<Settings, Mistakes> {
    Settings::load_from(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

fn load_file(yaml: &str) -> Result<Settings, Mistakes> {
    let files = Files::new();
    load(&[("INVOICES_CONFIG", &files.write("invoices.yaml", yaml))])
}

/// The keys of all mistakes, in order.
fn keys(loaded: Result<Settings, Mistakes>) -> Vec<String> {
    loaded.unwrap_err().iter().map(|mistake| mistake.key.clone()).collect()
}
