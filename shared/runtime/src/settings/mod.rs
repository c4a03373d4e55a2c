//! The settings: one typed tree, merged from commented defaults, a file and the environment.
//!
//! Loading lists every mistake at once, each with its key, where it was set and what is allowed, so that an operator
//! restarts once and not once per mistake. A wrong or unknown setting is never passed over in silence, and a secret
//! is never shown.

mod assemble;
mod check;
mod console;
mod credentials;
mod data_centre;
mod environment;
mod instance;
mod layer;
mod mistake;
mod redact;
mod rule;
mod sections;

#[cfg(test)]
mod tests;

pub use data_centre::DataCentre;
pub use mistake::{Mistake, Mistakes};
pub use sections::{
    AccountRule, Admin, Company, Console, CreditNotes, Documents, Engine, Extractor, Fetch, FileFormat, Files, Kafka,
    Ledger, Llm, Log, LogFormat, Provider, Retry, Role, SameDocument, Scans, Settings, StageSettings, Stages, Stronger,
    Tally, Token, TokenLimitField, TopicLayout, VendorAlias, WhichBills, Zoho,
};

use contract::Stage;
use std::ffi::OsString;

impl Settings {
    /// The settings of this process: defaults, the file named by `INVOICES_CONFIG`, then the environment.
    ///
    /// # Errors
    /// All mistakes of all layers.
    pub fn load() -> Result<Self, Mistakes> {
        Self::load_from(std::env::vars_os())
    }

    /// As [`Settings::load`], from this environment; the file is named in it.
    ///
    /// # Errors
    /// All mistakes of all layers.
    pub fn load_from(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let layers = layer::read(environment, &mut mistakes);
        let (mut settings, origins) = assemble::assemble(layers, &mut mistakes);
        check::check(&settings, &origins, &mut mistakes);
        if settings.instance.is_empty() {
            match instance::host_name() {
                Some(name) => settings.instance = name,
                None => mistakes.push(instance::unknown()),
            }
        }
        if mistakes.is_empty() { Ok(settings) } else { Err(Mistakes::new(mistakes)) }
    }

    /// All settings with `***` in place of each secret that is set, for logs and `invoicectl config check`.
    #[must_use]
    pub fn redacted(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("all keys are strings and no field's Serialize can fail")
    }

    /// The bounds of one stage.
    #[must_use]
    pub const fn stage(&self, stage: Stage) -> &StageSettings {
        match stage {
            Stage::FetchExtract => &self.stages.fetch_extract,
            Stage::LlmStructure => &self.stages.llm_structure,
            Stage::PostToZoho => &self.stages.post_to_zoho,
        }
    }
}
