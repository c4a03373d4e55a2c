//! Writes the table of error pages, so that the console shows the very text of `docs/errors` that fits its version.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../docs/errors");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .expect("docs/errors is a folder")
        .map(|entry| entry.expect("docs/errors can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("README.md"))
        .collect();
    pages.sort();
    let mut table = String::from("&[\n");
    for page in pages {
        let code = page.file_stem().expect("a file has a name").to_string_lossy();
        writeln!(table, "({code:?}, include_str!({page:?})),").expect("writing to a String cannot fail");
    }
    table.push(']');
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("error_pages.rs");
    fs::write(target, table).expect("the build's folder can be written to");
}
