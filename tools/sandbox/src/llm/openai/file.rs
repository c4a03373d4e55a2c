//! Files in a message: a PDF inside a data URL, with a name. The API has no other way to take one without an upload.

use serde_json::Value;

use super::error::{ApiError, Checked};
use crate::llm::material::Material;

const PDF: &str = "application/pdf";

/// Adds the PDF; `place` leads to the part's `file`.
pub(super) fn add(material: &mut Material, file: &Value, place: &str) -> Checked<()> {
    if file["file_id"].is_string() {
        return Err(ApiError::invalid(format!("{place}.file_id: the sandbox keeps no files")).at(place));
    }
    let (Some(data), Some(_)) = (file["file_data"].as_str(), file["filename"].as_str()) else {
        // The real API says this of a file without a name as well.
        return Err(ApiError::missing(&format!("{place}.file_id")));
    };
    let refused = |problem: &str| {
        let place = format!("{place}.file_data");
        let message = format!(
            "Invalid file data: '{place}'. Expected a base64-encoded data URL with an {PDF} MIME type (e.g. \
             'data:{PDF};base64,SGVsbG8sIFdvcmxkIQ=='), but got {problem}."
        );
        ApiError::invalid(message).at(place).coded("invalid_value")
    };
    let url = data.strip_prefix("data:").ok_or_else(|| refused("a value without the 'data:' prefix"))?;
    let (kind, base64) = url.split_once(";base64,").ok_or_else(|| refused("an invalid base64-encoded value"))?;
    if kind != PDF {
        return Err(refused(&format!("unsupported MIME type '{kind}'")));
    }
    material.add_pdf(base64).map_err(|_| refused("an invalid base64-encoded value"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(file: &Value) -> String {
        add(&mut Material::default(), file, "messages[0].content[0].file").unwrap_err().message
    }

    #[test]
    fn a_file_is_a_named_pdf_in_a_data_url() {
        // "%PDF-1.7"
        let pdf = "data:application/pdf;base64,JVBERi0xLjc=";
        assert_eq!(add(&mut Material::default(), &json!({"filename": "a.pdf", "file_data": pdf}), "f"), Ok(()));
        let file = |data: &str| json!({"filename": "a.pdf", "file_data": data});
        let table = [
            (json!({"file_data": pdf}), "Missing required parameter: 'messages[0].content[0].file.file_id'."),
            (json!({"filename": "a.pdf"}), "Missing required parameter"),
            (json!({"file_id": "file-1"}), "the sandbox keeps no files"),
            (file("JVBERi0xLjc="), "a value without the 'data:' prefix."),
            (file("data:text/plain;base64,SGVsbG8="), "unsupported MIME type 'text/plain'."),
            (file("data:application/pdf;base64,§"), "an invalid base64-encoded value."),
            (file("data:application/pdf;base64,SGVsbG8="), "an invalid base64-encoded value."),
        ];
        for (file, words) in table {
            assert!(refusal(&file).contains(words), "{file}: {}", refusal(&file));
        }
    }
}
