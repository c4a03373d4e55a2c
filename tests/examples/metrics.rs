//! Writes docs/METRICS.md: `cargo run -p invoices-tests --example metrics`.

fn main() -> std::io::Result<()> {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/METRICS.md"), testkit::reference::metrics())
}
