//! Stylesheet, scripts and icon, which are part of the program. Their path names their content, so that a browser may keep them
//! for ever and a new version is never mixed with an old script.

use contract::ContentHash;
use std::sync::LazyLock;

/// A file of the program.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    pub name: &'static str,
    pub media_type: &'static str,
    pub bytes: &'static [u8],
}

/// The scripts of every page, in their order.
pub const SCRIPTS: [&str; 6] = ["live.js", "times.js", "keys.js", "document.js", "item.js", "submit.js"];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($name:literal, $media_type:expr) => {
        Asset {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $name)),
        }
    };
}

const ASSETS: [Asset; 8] = [
    asset!("console.css", "text/css; charset=utf-8"),
    asset!("icon.svg", "image/svg+xml"),
    asset!("times.js", JAVASCRIPT),
    asset!("keys.js", JAVASCRIPT),
    asset!("live.js", JAVASCRIPT),
    asset!("document.js", JAVASCRIPT),
    asset!("item.js", JAVASCRIPT),
    asset!("submit.js", JAVASCRIPT),
];

/// Of all assets together: they change at once.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<u8> = ASSETS.iter().flat_map(|asset| asset.bytes).copied().collect();
    ContentHash::of(&all).to_string().chars().take(12).collect()
});

/// Where an asset is served.
#[must_use]
pub fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// The asset of that name and version. An old version is not found rather than answered with the new content.
#[must_use]
pub fn find(version: &str, name: &str) -> Option<Asset> {
    ASSETS.into_iter().find(|asset| asset.name == name && version == *VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_served_under_its_version_and_no_other() {
        for name in SCRIPTS {
            let path = path(name);
            let mut parts = path.trim_start_matches("/assets/").split('/');
            let (version, name) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(find(version, name).is_some());
            assert!(find("000000000000", name).is_none());
        }
        assert!(find(&VERSION, "../../Cargo.toml").is_none());
    }

    #[test]
    fn the_assets_ask_no_other_site_for_anything() {
        for asset in ASSETS {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            let foreign =
                text.lines().find(|line| line.contains("//") && line.contains("http") && !line.contains("w3.org"));
            assert_eq!(foreign, None, "{}", asset.name);
        }
    }
}
