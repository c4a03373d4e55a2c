//! What a model's name says about the requests it takes.

/// A model, by name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
}

impl Model {
    /// Every name is one, as gateways and local servers choose their own. `None` for the other API's models, by which a
    /// client that has mixed up the two is found out, and for no name at all.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let known = !name.is_empty() && !name.starts_with("claude-");
        known.then(|| Self { name: name.to_owned() })
    }

    /// Models that think first: no sampling parameters, and another name for the limit of tokens.
    pub(super) fn reasons(&self) -> bool {
        ["gpt-5", "o1", "o3", "o4"].iter().any(|family| self.name.starts_with(family))
    }

    /// The oldest models know no schema.
    pub(super) fn takes_json_schema(&self) -> bool {
        let name = self.name.as_str();
        name != "gpt-4" && !name.starts_with("gpt-4-") && !name.starts_with("gpt-3.5")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_whether_a_model_thinks_and_takes_a_schema() {
        let model = |name| Model::parse(name).unwrap();
        for (name, reasons, takes_schema) in [
            ("gpt-5-mini", true, true),
            ("o4-mini", true, true),
            ("gpt-4o-mini", false, true),
            ("gpt-4.1", false, true),
            ("gpt-4-turbo", false, false),
            ("qwen3:8b", false, true),
        ] {
            assert_eq!((model(name).reasons(), model(name).takes_json_schema()), (reasons, takes_schema), "{name}");
        }
        assert_eq!(Model::parse("claude-haiku-4-5"), None);
        assert_eq!(Model::parse(""), None);
    }
}
