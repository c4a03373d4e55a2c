//! The schemas in the repository are the ones the types generate.

#[test]
fn the_schemas_in_the_repository_are_those_of_the_types() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    for (name, text) in contract::schema::all() {
        let written = std::fs::read_to_string(format!("{folder}/{name}")).unwrap_or_default();
        assert_eq!(written, text, "{name} is not current: cargo run -p invoices-contract --example schemas");
    }
}
