//! Damaged PDFs: whatever arrives, the service goes on, in bounded memory, and says what it was.
//!
//! `INVOICES_MUTATIONS` sets how many are tried, `INVOICES_MUTATION_SEED` with which number they begin, and
//! `INVOICES_MUTATION_FILES` names a folder of PDFs to damage beside the generated ones.

#![allow(clippy::unwrap_used, unreachable_pub, reason = "tests and what they share")]

mod support;

use contract::Class;
use engine::StageError;
use fetch_extract::extract::{Limits, Pool};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::{pdf, program};

const CHILDREN: usize = 2;
/// What service and children may use together, in bytes.
const MEMORY: u64 = 512 << 20;

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What is damaged.
fn originals() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = samples::all().into_iter().map(|sample| sample.pdf).collect();
    all.extend([pdf::invoice(&["TAX INVOICE", "Total 1,180.00"]), pdf::self_reference(), pdf::without_media_box()]);
    if let Some(folder) = std::env::var_os("INVOICES_MUTATION_FILES").filter(|folder| !folder.is_empty()) {
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "pdf"));
        paths.sort();
        all.extend(paths.into_iter().map(|path| std::fs::read(path).unwrap()));
    }
    all
}

/// Damages it as networks, disks and attackers do.
fn mutate(original: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..rng.random_range(1..=8) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..7) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + rng.random_range(1..2000)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + rng.random_range(1..2000)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, piece);
            }
            // Lengths, offsets and sizes are digits.
            5 => {
                let digits: Vec<usize> = (0..bytes.len()).filter(|index| bytes[*index].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    let index = digits[rng.random_range(0..digits.len())];
                    bytes[index] = rng.random_range(b'0'..=b'9');
                }
            }
            _ => {
                let words: [&[u8]; 6] = [b" 0 R ", b"endstream", b"<<", b">>", b"[", b"99999999999"];
                let word = words[rng.random_range(0..words.len())];
                bytes.splice(at..at, word.iter().copied());
            }
        }
    }
    bytes
}

/// What this process and its children hold, in bytes.
fn resident() -> u64 {
    let own = std::process::id().to_string();
    let mut sum = 0;
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if field("Pid:") == Some(own.as_str()) || field("PPid:") == Some(own.as_str()) {
            let kilobytes = field("VmRSS:").and_then(|rss| rss.split(' ').next()?.parse::<u64>().ok());
            sum += kilobytes.unwrap_or(0) << 10;
        }
    }
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_pdfs_end_in_a_picture_or_a_coded_error_and_the_next_page_is_drawn() {
    let (count, first) = (from_env("INVOICES_MUTATIONS", 100), from_env("INVOICES_MUTATION_SEED", 1));
    let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
    let pool = Pool::new(&limits, program(), 1);
    let originals = originals();
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for seed in first..first + count {
        let mut rng = StdRng::seed_from_u64(seed);
        let damaged = mutate(&originals[rng.random_range(0..originals.len())], &mut rng);
        let outcome = match pool.picture(&damaged, 1, 400).await {
            Ok(png) => {
                assert!(png.starts_with(b"\x89PNG"), "seed {seed}");
                "picture".to_owned()
            }
            Err(error) => {
                assert_eq!(error.meaning().1, Class::Permanent, "seed {seed}: {error}");
                error.meaning().0.to_string()
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    assert!(pool.picture(&pdf::invoice(&["TAX INVOICE 1"]), 1, 400).await.is_ok());
    println!("{count} damaged PDFs: {outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_pdfs_end_in_text_or_a_coded_error_and_the_service_goes_on() {
    let (count, first) = (from_env("INVOICES_MUTATIONS", 300), from_env("INVOICES_MUTATION_SEED", 1));
    let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
    let pool = std::sync::Arc::new(Pool::new(&limits, program(), CHILDREN));
    let originals = originals();
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let (begun, mut most) = (Instant::now(), 0);
    let mut running = tokio::task::JoinSet::new();
    for seed in first..first + count {
        let mut rng = StdRng::seed_from_u64(seed);
        let damaged = mutate(&originals[rng.random_range(0..originals.len())], &mut rng);
        let pool = std::sync::Arc::clone(&pool);
        running.spawn(async move { (seed, pool.read(&damaged).await) });
        if running.len() == CHILDREN {
            let (seed, read) = running.join_next().await.unwrap().unwrap();
            let outcome = read.map_or_else(
                |error| {
                    let error = StageError::from(error);
                    assert_eq!(error.class, Class::Permanent, "seed {seed}: {}", error.message);
                    error.code.to_string()
                },
                |_| "text".to_owned(),
            );
            *outcomes.entry(outcome).or_default() += 1;
            if seed % 16 == 0 {
                most = most.max(resident());
            }
        }
    }
    running.join_all().await;
    assert!(pool.read(&pdf::invoice(&["TAX INVOICE 1", "Total 1,180.00"])).await.is_ok());
    println!(
        "{count} damaged PDFs of {} originals in {:.0} s: {outcomes:?}; at most {} MiB in this process and its readers",
        originals.len(),
        begun.elapsed().as_secs_f64(),
        most >> 20
    );
    assert!(most < MEMORY, "{most} bytes");
}
