//! The named samples: one layout per file, each as a different seller's software would print it.
//!
//! Layouts must differ in what makes reading hard: where things stand, what they are called, in which
//! order they are drawn, and how dates and amounts are written.

mod aravalli;
mod chambal;
mod deccan;
mod eichenfeld;
mod furniture;
mod godavari;
mod harbourline;
mod kaveri;
mod konkan;
mod malabar;
mod narmada;
mod periyar;
mod sahyadri;
mod sundarban;
mod tungabhadra;
mod vindhya;
mod yamuna;

pub(crate) use furniture::{amount_rows, rows_with_tax};

use crate::Sample;

/// Makes the sample that has the given name.
type Make = fn(&'static str) -> Sample;

pub(crate) const CATALOGUE: [(&str, Make); 16] = [
    ("kaveri-steel-intra-state", kaveri::sample),
    ("sahyadri-packaging-inter-state", sahyadri::sample),
    ("deccan-electricals-three-pages", deccan::sample),
    ("harbourline-software-usd", harbourline::sample),
    ("eichenfeld-werkzeuge-eur", eichenfeld::sample),
    ("godavari-stationers-many-lines", godavari::sample),
    ("malabar-spices-rotated", malabar::sample),
    ("vindhya-roadlines-type3", vindhya::sample),
    ("konkan-hardware-monospace", konkan::sample),
    ("aravalli-chemicals-two-columns", aravalli::sample),
    ("narmada-foods-mixed-rates", narmada::sample),
    ("tungabhadra-printers-round-off", tungabhadra::sample),
    ("sundarban-organics-bill-of-supply", sundarban::sample),
    ("chambal-freight-compressed", chambal::sample),
    ("periyar-ceramics-scan", periyar::sample),
    ("yamuna-textiles-wrong-total", yamuna::sample),
];
