//! Which dead letters a command is about, as options.

use crate::duration;
use clap::Args;
use contract::{Class, InvoiceId, Stage};
use operations::Selection;
use std::time::Duration;

#[derive(Debug, Default, Args)]
#[group(id = "which", multiple = true)]
pub(crate) struct Which {
    /// Those of this invoice; may be given more than once.
    #[arg(long)]
    pub(super) id: Vec<InvoiceId>,
    /// Those of this stage.
    #[arg(long)]
    stage: Option<Stage>,
    /// Those with this error code, such as llm.timeout.
    #[arg(long)]
    code: Option<String>,
    /// Those of this class: transient, unavailable, permanent or review.
    #[arg(long, value_parser = class)]
    class: Option<Class>,
    /// Those that have waited for longer than that: 30m, 12h, 7d.
    #[arg(long, value_name = "AGE", value_parser = duration::parse)]
    older_than: Option<Duration>,
    /// Those that have not waited for that long.
    #[arg(long, value_name = "AGE", value_parser = duration::parse)]
    newer_than: Option<Duration>,
    /// Those of this vendor, by its whole name as it is printed.
    #[arg(long, value_name = "NAME")]
    vendor: Option<String>,
}

impl Which {
    /// With ages counted from now.
    pub(crate) fn selection(&self, now_ms: i64) -> Selection {
        let ago = |age: Duration| now_ms.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        Selection {
            ids: self.id.clone(),
            stage: self.stage,
            code: self.code.clone(),
            class: self.class,
            older_than_ms: self.older_than.map(ago),
            newer_than_ms: self.newer_than.map(ago),
            vendor: self.vendor.clone(),
        }
    }
}

fn class(text: &str) -> Result<Class, String> {
    Class::parse(text).ok_or_else(|| {
        let known: Vec<&str> = Class::ALL.into_iter().map(Class::as_str).collect();
        format!("no class {text}; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_counted_back_from_now() {
        let (day, hour) = (Duration::from_hours(24), Duration::from_hours(1));
        let which = Which { older_than: Some(hour), newer_than: Some(day), ..Which::default() };
        let selection = which.selection(100_000_000);
        assert_eq!((selection.older_than_ms, selection.newer_than_ms), (Some(96_400_000), Some(13_600_000)));
        assert!(Which::default().selection(1).is_everything());
    }
}
