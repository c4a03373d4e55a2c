//! What a replica says of itself on `/metrics`.

use local::http;
use std::collections::HashMap;

/// The samples of one scrape, by name and labels as they are printed.
#[derive(Debug, Clone, Default)]
pub struct Metrics(HashMap<String, f64>);

impl Metrics {
    /// # Panics
    /// When the replica does not answer.
    #[must_use]
    pub fn scrape(admin: &str) -> Self {
        let answer = http::get(&format!("{admin}/metrics")).expect("the replica answers");
        Self::read(&answer.body)
    }

    /// Prometheus' text. The label that a stage puts on everything is left out: it is the same on all.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let info = text.lines().find(|line| line.starts_with("invoice_build_info"));
        let stage = info.and_then(|line| line.split("stage=\"").nth(1)?.split('"').next()).unwrap_or_default();
        let (alone, last) = (format!("{{stage=\"{stage}\"}}"), format!(",stage=\"{stage}\""));
        let first = format!("{{stage=\"{stage}\",");
        let sample = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            let name = name.replace(&alone, "").replace(&last, "").replace(&first, "{");
            Some((name, value.parse().ok()?))
        };
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect())
    }

    /// One sample, 0 if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(0.0)
    }

    /// All samples, by name and labels as they are printed.
    pub fn samples(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// What was counted since an earlier scrape. Of no use for gauges.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(self.0.iter().map(|(name, value)| (name.clone(), value - earlier.get(name))).collect())
    }

    /// The main partitions that the replica owns.
    #[must_use]
    pub fn main_partitions(&self) -> Vec<i32> {
        let owned = |name: &str| {
            let labels = name.strip_prefix("invoice_stage_oldest_open_seconds{")?;
            let partition = labels.split('"').nth(1)?;
            labels.contains("source=\"main\"").then(|| partition.parse().ok()).flatten()
        };
        let mut partitions: Vec<i32> = self.0.keys().filter_map(|name| owned(name)).collect();
        partitions.sort_unstable();
        partitions
    }

    /// The median of a histogram, interpolated within its bucket.
    #[must_use]
    pub fn median(&self, histogram: &str) -> f64 {
        let bucket = |(name, count): (&String, &f64)| {
            let le = name.strip_prefix(histogram)?.strip_prefix("_bucket{le=\"")?.strip_suffix("\"}")?;
            Some((le.parse::<f64>().ok()?, *count))
        };
        let mut buckets: Vec<(f64, f64)> = self.0.iter().filter_map(bucket).collect();
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        let half = self.get(&format!("{histogram}_count")) / 2.0;
        let mut below = (0.0, 0.0);
        for (le, count) in buckets {
            if count >= half {
                return below.0 + (le - below.0) * (half - below.1) / (count - below.1);
            }
            below = (le, count);
        }
        f64::INFINITY
    }
}
