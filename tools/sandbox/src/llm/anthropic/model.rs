//! What a model's name says about the requests it takes.

/// A Claude model, by name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
    family: String,
    major: u32,
    minor: u32,
}

impl Model {
    /// Reads `claude-<family>-<major>[-<minor>][-<date>]`; `None` is an unknown model.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix("claude-")?.split('-');
        let family = parts.next()?;
        let major = parts.next()?.parse().ok()?;
        // A date has eight digits; a minor version has one or two.
        let minor = parts.next().filter(|part| part.len() <= 2);
        Some(Self {
            name: name.to_owned(),
            family: family.to_owned(),
            major,
            minor: minor.map_or(Some(0), |minor| minor.parse().ok())?,
        })
    }

    /// 5.x: thinking on by default, sampling parameters and thinking budgets refused.
    pub(super) fn is_fifth_generation(&self) -> bool {
        self.major >= 5
    }

    pub(super) fn takes_prefill(&self) -> bool {
        (self.major, self.minor) < (4, 6)
    }

    pub(super) fn takes_forced_tool(&self) -> bool {
        let refusing = [("opus", 5, 5), ("sonnet", 5, 5), ("fable", 5, 1)];
        !refusing.contains(&(self.family.as_str(), self.major, self.minor))
    }

    /// The newest Sonnet always thinks, whatever the request says.
    pub(super) fn always_thinks(&self) -> bool {
        (self.family.as_str(), self.major, self.minor) == ("sonnet", 5, 5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dated_four_point_five_is_not_of_the_fifth_generation() {
        let model = Model::parse("claude-haiku-4-5-20251001").unwrap();
        assert!(!model.is_fifth_generation());
        assert!(model.takes_prefill());
        assert!(Model::parse("claude-sonnet-5").unwrap().is_fifth_generation());
        assert!(!Model::parse("claude-sonnet-4-6").unwrap().takes_prefill());
        assert!(!Model::parse("claude-opus-5-5").unwrap().takes_forced_tool());
        assert_eq!(Model::parse("gpt-5"), None);
    }
}
