//! The annotated set: texts as the pipeline reads them, and the right answers.

use anyhow::Context;
use fetch_extract::extract::{Limits, in_this_process};
use llm_structure::Printed;
use samples::Expectation;
use std::fs;
use std::path::Path;

/// One invoice with its right answer.
pub(crate) struct Annotated {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) right: Printed,
}

/// The generated samples that are to become bills.
pub(crate) fn generated() -> Vec<Annotated> {
    let series = (0..30).map(samples::numbered);
    let samples = samples::all().into_iter().filter(|sample| sample.expectation == Expectation::Bill).chain(series);
    let named = samples.enumerate().map(|(number, sample)| Annotated {
        name: format!("{number:02} {}", sample.name),
        text: text(sample.pdf),
        right: serde_json::from_str(&serde_json::to_string(&sample.truth).unwrap()).unwrap(),
    });
    named.collect()
}

/// Each `NAME.json` of a folder, with the text of `NAME.pdf`.
///
/// # Errors
/// When a file cannot be read, or an annotation is no right answer.
pub(crate) fn of_folder(folder: &Path) -> anyhow::Result<Vec<Annotated>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let annotated = paths.iter().map(|path| {
        let right = fs::read_to_string(path)?;
        let pdf = path.with_extension("pdf");
        let bytes = fs::read(&pdf).with_context(|| pdf.display().to_string())?;
        Ok(Annotated {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            text: text(bytes),
            right: serde_json::from_str(&right).with_context(|| path.display().to_string())?,
        })
    });
    annotated.collect()
}

fn text(pdf: Vec<u8>) -> String {
    in_this_process(pdf, &Limits::default()).map(|reading| reading.text()).unwrap_or_default()
}
