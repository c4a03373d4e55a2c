use std::collections::BTreeSet;
use std::path::Path;

/// A decision of the broker's authorizer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decision {
    pub(crate) user: String,
    pub(crate) operation: String,
    pub(crate) resource: String,
    pub(crate) request: String,
    /// The rule that allowed it; `None` if it was denied.
    pub(crate) rule: Option<String>,
}

/// All different decisions in the broker's log about users other than the super user.
pub(crate) fn decisions(log: &Path) -> BTreeSet<Decision> {
    let text = std::fs::read_to_string(log).unwrap();
    text.lines().filter_map(decision).filter(|decision| decision.user != "admin").collect()
}

/// From a line such as `… Principal = User:x is Allowed operation = READ from host = 127.0.0.1 on resource =
/// Topic:LITERAL:t for request = Fetch with resourceRefCount = 1 based on rule MatchingAcl(acl=StandardAcl(…))`.
fn decision(line: &str) -> Option<Decision> {
    let between = |from: &str, to: &str| Some(line.split_once(from)?.1.split_once(to)?.0.to_owned());
    let rule = line.split_once("based on rule ").map(|(_, rule)| rule.to_owned());
    Some(Decision {
        user: between("Principal = User:", " is ")?,
        operation: between("operation = ", " from host")?,
        resource: between("on resource = ", " for request")?,
        request: between("for request = ", " with ")?,
        rule: rule.filter(|_| line.contains(" is Allowed ")),
    })
}
