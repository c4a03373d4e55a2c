use super::*;
use std::path::Path;

const VENDOR: &str = "Zzyzxwick Brothers";

/// The files of the view that hold any of these bytes, in whatever case.
fn files_with(folder: &Path, needle: &str) -> Vec<String> {
    let needle = needle.to_lowercase().into_bytes();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holding = files.filter(|path| {
        let bytes = std::fs::read(path).unwrap().to_ascii_lowercase();
        bytes.windows(needle.len()).any(|window| window == needle)
    });
    holding.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

fn erased(topics: &mut Topics, id: &str) -> Seen {
    topics.status(id, "erased", 2, NOW + 1_000)
}

/// An invoice that has had a letter and several statuses with the vendor's name, among others.
fn batches(topics: &mut Topics) -> Vec<Vec<Seen>> {
    let others = (0..200).map(|n| topics.posted(&format!("o{n}"), "Ordinary Vendor", NOW + n)).collect();
    vec![
        others,
        vec![topics.letter("i", 1, "llm.timeout", VENDOR), topics.status("i", "dead", 1, NOW)],
        vec![topics.posted("i", VENDOR, NOW + 1)],
        vec![topics.posted("i", VENDOR, NOW + 2)],
        vec![topics.status("i", "running", 2, NOW + 3)],
        vec![topics.posted("i", VENDOR, NOW + 4)],
    ]
}

#[tokio::test]
async fn nothing_of_an_erased_invoices_vendor_is_left_in_the_files() {
    for caught_up_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let view = View::open(&Place::File(folder.path().join("view.db"))).unwrap();
        let mut topics = Topics::default();
        if caught_up_first {
            view.set_caught_up().unwrap();
        }
        for batch in batches(&mut topics) {
            view.apply(batch).unwrap();
        }
        assert_eq!(text(&view, "zzyzx").await, ["i"]);
        assert!(!files_with(folder.path(), "zzyzxwick").is_empty());
        view.apply(vec![erased(&mut topics, "i")]).unwrap();
        if !caught_up_first {
            view.set_caught_up().unwrap();
        }
        // A letter that was slow to come brings nothing back.
        view.apply(vec![topics.letter("i", 1, "llm.timeout", VENDOR)]).unwrap();
        assert_eq!(files_with(folder.path(), "zzyzxwick"), Vec::<String>::new(), "caught up first: {caught_up_first}");
        assert_eq!(text(&view, "zzyzx").await, Vec::<String>::new());
        let shown = invoice(&view, "i").await.unwrap();
        assert_eq!((shown.vendor, shown.bill), (None, None));
        assert_eq!(text(&view, "ordinary").await.len(), 200);
    }
}

#[tokio::test]
async fn a_reading_that_holds_the_log_only_puts_off_that_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("view.db");
    let view = View::open(&Place::File(path.clone())).unwrap();
    view.set_caught_up().unwrap();
    let mut topics = Topics::default();
    for batch in batches(&mut topics) {
        view.apply(batch).unwrap();
    }
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM invoice").unwrap();
    view.apply(vec![erased(&mut topics, "i")]).unwrap();
    drop(reader);
    view.tidy(0, 0).unwrap();
    assert_eq!(files_with(folder.path(), "zzyzxwick"), Vec::<String>::new());
}
