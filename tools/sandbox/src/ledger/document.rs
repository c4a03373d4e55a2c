//! Files attached to bills. Their bytes are not kept: their digest is enough to tell one file from
//! another.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

const FILE_TYPES: [&str; 6] = ["gif", "png", "jpeg", "jpg", "bmp", "pdf"];
const LARGEST_FILE: usize = 10 << 20;

/// A file as it arrived.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) file_name: String,
    /// Bytes.
    size: usize,
    /// SHA-256, hexadecimal.
    digest: String,
}

impl Document {
    /// Reads a file; Zoho goes by its name.
    pub(super) fn read(id: String, file_name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
        let known = extension.is_some_and(|extension| FILE_TYPES.contains(&extension.as_str()));
        if !known || bytes.is_empty() || bytes.len() > LARGEST_FILE {
            return Err(Refusal::invalid_value("attachment"));
        }
        let digest = format!("{:x}", Sha256::digest(bytes));
        Ok(Self { id, file_name: file_name.to_owned(), size: bytes.len(), digest })
    }

    /// As Zoho shows it.
    pub(super) fn view(&self) -> Value {
        json!({
            "document_id": self.id,
            "file_name": self.file_name,
            "file_size": self.size,
        })
    }

    /// For people and tests.
    pub(super) fn audit(&self) -> Value {
        let mut audit = self.view();
        audit["sha256"] = json!(self.digest);
        audit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_types_or_above_ten_megabytes_are_refused() {
        let largest = vec![0; LARGEST_FILE];
        let larger = vec![0; LARGEST_FILE + 1];
        let table: [(&str, &[u8], bool); 7] = [
            ("a.pdf", b"%PDF", true),
            ("scan.2026.JPEG", b"x", true),
            ("a.pdf", &largest, true),
            ("a.pdf", &larger, false),
            ("a.pdf", b"", false),
            ("a.docx", b"x", false),
            ("pdf", b"x", false),
        ];
        for (name, bytes, taken) in table {
            assert_eq!(Document::read(String::new(), name, bytes).is_ok(), taken, "{name} of {}", bytes.len());
        }
    }
}
