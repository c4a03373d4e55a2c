//! Writes every sample, and beside it the truth as JSON, into the folder given as argument.

use std::path::PathBuf;

use anyhow::Context;

fn main() -> anyhow::Result<()> {
    let folder: PathBuf = std::env::args_os().nth(1).context("usage: write <folder>")?.into();
    std::fs::create_dir_all(&folder)?;
    for sample in samples::all() {
        std::fs::write(folder.join(sample.name).with_extension("pdf"), &sample.pdf)?;
        let truth = serde_json::to_vec_pretty(&sample.truth)?;
        std::fs::write(folder.join(sample.name).with_extension("json"), truth)?;
        println!("{}: {}", sample.name, sample.summary);
    }
    Ok(())
}
