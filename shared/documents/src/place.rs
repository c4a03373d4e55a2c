//! From the settings to a store.

use object_store::ObjectStoreScheme;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, RetryConfig};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Options that count unless the settings say otherwise.
const DEFAULTS: [(&str, &str); 2] = [("connect_timeout", "5 seconds"), ("timeout", "15 seconds")];

/// The store cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("documents.location: the folder cannot be used: {0}")]
    Folder(#[source] io::Error),
    #[error("documents.location must be a folder, or s3://, gs:// or az:// with a bucket")]
    Location,
    #[error("documents.options are for S3, Google and Azure; a folder has none")]
    OptionsOfFolder,
    #[error("documents.options.{name} is no option of this store")]
    UnknownOption { name: String },
    #[error("documents.options: {0}")]
    Options(#[source] object_store::Error),
}

/// The builders of the three clouds have the same methods and no trait.
macro_rules! built {
    ($builder:ty, $key:ty, $location:expr, $options:expr) => {{
        let mut builder = <$builder>::from_env().with_url($location).with_retry(once_more());
        let set = $options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in DEFAULTS.into_iter().chain(set) {
            let unknown = |_| SetupError::UnknownOption { name: name.to_owned() };
            builder = builder.with_config(name.to_ascii_lowercase().parse::<$key>().map_err(unknown)?, value);
        }
        Arc::new(builder.build().map_err(SetupError::Options)?)
    }};
}

pub(crate) fn open(location: &str, options: &BTreeMap<String, String>) -> Result<Arc<dyn ObjectStore>, SetupError> {
    let folder = location.strip_prefix("file://").unwrap_or(location);
    if !folder.contains("://") {
        return if options.is_empty() { in_folder(folder.as_ref()) } else { Err(SetupError::OptionsOfFolder) };
    }
    let url = Url::parse(location).map_err(|_| SetupError::Location)?;
    let (scheme, prefix) = ObjectStoreScheme::parse(&url).map_err(|_| SetupError::Location)?;
    let store: Arc<dyn ObjectStore> = match scheme {
        ObjectStoreScheme::AmazonS3 => built!(AmazonS3Builder, AmazonS3ConfigKey, location, options),
        ObjectStoreScheme::GoogleCloudStorage => built!(GoogleCloudStorageBuilder, GoogleConfigKey, location, options),
        ObjectStoreScheme::MicrosoftAzure => built!(MicrosoftAzureBuilder, AzureConfigKey, location, options),
        _ => return Err(SetupError::Location),
    };
    Ok(if prefix.as_ref().is_empty() { store } else { Arc::new(PrefixStore::new(store, prefix)) })
}

fn in_folder(folder: &Path) -> Result<Arc<dyn ObjectStore>, SetupError> {
    // Invoices are nobody else's business.
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(SetupError::Folder)?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(SetupError::Options)?;
    // An offset is committed on the word that the document is kept.
    Ok(Arc::new(store.with_fsync(true)))
}

/// Repeating is the engine's business, which counts no attempt while the store is away.
fn once_more() -> RetryConfig {
    RetryConfig { max_retries: 1, retry_timeout: Duration::from_secs(15), ..RetryConfig::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(location: &str, options: &[(&str, &str)]) -> String {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        open(location, &options).unwrap_err().to_string()
    }

    #[test]
    fn every_cloud_is_understood_and_a_misspelt_option_is_named() {
        let none = BTreeMap::new();
        for location in ["s3://bucket", "s3://bucket/invoices", "gs://bucket/invoices"] {
            open(location, &none).unwrap_or_else(|error| panic!("{location}: {error}"));
        }
        let azure = BTreeMap::from([("azure_storage_account_name".to_owned(), "account".to_owned())]);
        open("az://container/invoices", &azure).unwrap();
        assert!(refused("s3://bucket", &[("aws_regoin", "x")]).contains("documents.options.aws_regoin"));
        assert!(refused("gs://bucket", &[("aws_region", "x")]).contains("documents.options.aws_region"));
        assert!(refused("/tmp", &[("aws_region", "x")]).contains("a folder has none"));
        for other in ["http://h/x", "ftp://h/x", "s3://", "memory:///"] {
            assert!(refused(other, &[]).contains("documents.location"), "{other}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        assert!(refused("/proc/invoices", &[]).contains("cannot be used"));
    }
}
