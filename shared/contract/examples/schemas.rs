//! Writes the JSON Schemas of all messages: `cargo run -p invoices-contract --example schemas`.

fn main() -> std::io::Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    for (name, text) in contract::schema::all() {
        std::fs::write(format!("{folder}/{name}"), text)?;
    }
    Ok(())
}
