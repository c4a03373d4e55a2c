//! Zoho's ways to say no: HTTP status, code and message belong together.

/// A refused call. `code` is never 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}/{code}: {message}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Zoho's error code; reused by Zoho for unrelated failures.
    pub code: i64,
    /// The message a person reads.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, 57, "You are not authorized to perform this operation")
    }

    pub(crate) fn wrong_organization(id: &str) -> Self {
        let message = format!("This user is not associated with the CompanyID/CompanyName:{id}.");
        Self::new(401, 6041, message)
    }

    pub(crate) fn missing_parameter() -> Self {
        Self::new(400, 4, "Invalid value/missing mandatory parameter")
    }

    pub(crate) fn invalid_value(field: &str) -> Self {
        Self::new(400, 2, format!("Invalid value passed for {field}"))
    }

    pub(crate) fn unknown_vendor() -> Self {
        Self::new(400, 1002, "Invalid value passed for vendor_id")
    }

    pub(crate) fn malformed_json() -> Self {
        Self::new(400, 4, "JSON is not well formed")
    }

    pub(crate) fn too_long(field: &str, limit: usize) -> Self {
        let message = format!("Please ensure that the \"{field}\" has less than {limit} characters.");
        Self::new(400, 15, message)
    }

    pub(crate) fn contact_exists(name: &str) -> Self {
        let message = format!("The customer \"{name}\" already exists. Please specify a different name.");
        Self::new(400, 3062, message)
    }

    /// Where bills need approval. Number and wording as one public integration reports them.
    pub(crate) fn not_approved(what: &str) -> Self {
        Self::new(400, 21_025, format!("The {what} has not been approved."))
    }

    /// A step that is not possible now. Zoho documents no number; clients must not depend on it.
    pub(crate) fn wrong_status(message: &str) -> Self {
        Self::new(400, 1004, message)
    }

    pub(crate) fn no_such(resource: &str) -> Self {
        Self::new(404, 1002, format!("{resource} does not exist."))
    }

    pub(crate) fn invalid_url() -> Self {
        Self::new(404, 5, "Invalid URL Passed")
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(405, 5, "Method Not Allowed")
    }

    pub(crate) fn too_many_per_minute() -> Self {
        Self::new(
            429,
            44,
            "For security reasons your organization has been blocked as it have exceeded the \
             maximum number of requests per minute that can originate from an organization.",
        )
    }

    pub(crate) fn too_many_per_day(limit: u32) -> Self {
        let message =
            format!("The API call for this organization has exceeded the maximum call rate limit of {limit}.");
        Self::new(429, 45, message)
    }

    pub(crate) fn too_many_in_process() -> Self {
        Self::new(
            429,
            1070,
            "You have reached the maximum number of in process requests allowed. Kindly try again \
             after some time.",
        )
    }
}
