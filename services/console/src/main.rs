//! The `console` service.

fn main() {}
