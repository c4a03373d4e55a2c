use std::process::Command;

#[test]
fn what_decides_depends_on_neither_tokio_nor_rdkafka() {
    for package in ["invoices-contract", "invoices-engine", "invoices-layout"] {
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--package", package])
            .output()
            .unwrap();
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        let tree = String::from_utf8(tree.stdout).unwrap();
        let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(names.contains(&package), "{names:?}");
        assert!(!names.iter().any(|name| ["tokio", "rdkafka", "rdkafka-sys"].contains(name)), "{names:?}");
    }
}
