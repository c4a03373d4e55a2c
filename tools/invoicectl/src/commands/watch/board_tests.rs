use super::*;

fn status(run: u32, at_ms: i64, state: &str, extra: &str) -> Status {
    let text = format!(
        r#"{{"run":{run},"stage":"llm-structure","state":"{state}","attempt":1,"at_ms":{at_ms},"url_hash":"00"{extra}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn board(changes: &[(&str, u32, i64, &str)]) -> Board {
    let mut board = Board::default();
    for (id, run, at_ms, state) in changes {
        board.take(id.parse().unwrap(), &status(*run, *at_ms, state, ""));
    }
    board
}

fn texts(board: &Board, width: usize, height: usize) -> Vec<String> {
    board.lines(width, height, None, 0).into_iter().map(|line| line.text).collect()
}

#[test]
fn an_invoice_is_counted_once_in_its_latest_state() {
    let board = board(&[
        ("a", 1, 1000, "running"),
        ("b", 1, 2000, "running"),
        ("a", 1, 3000, "posted"),
        ("b", 2, 5000, "running"),
        ("b", 1, 4000, "dead"),
    ]);
    let lines = texts(&board, 200, 10);
    assert_eq!(lines[0], "2 invoices  1 running  1 posted");
    let rows: Vec<&str> = lines[2..].iter().map(|line| line.split_whitespace().nth(2).unwrap()).collect();
    assert_eq!(rows, ["b", "a"], "the latest change is on top");
}

#[test]
fn a_screen_of_any_size_is_filled_and_never_overfilled() {
    let changes: Vec<(String, i64)> = (0..2000).map(|number| (format!("invoice-{number}"), number * 1000)).collect();
    let changes: Vec<_> = changes.iter().map(|(id, at_ms)| (id.as_str(), 1, *at_ms, "running")).collect();
    let board = board(&changes);
    for (width, height) in [(0, 0), (1, 1), (20, 2), (80, 24), (300, 100)] {
        let lines = texts(&board, width, height);
        assert_eq!(lines.len(), height);
        assert!(lines.iter().all(|line| line.len() <= width), "{width}x{height}");
    }
    assert!(texts(&board, 80, 24)[2].contains("invoice-1999"));
    assert_eq!(board.latest.len(), LATEST);
}

#[test]
fn what_was_long_ago_does_not_push_out_what_is_new() {
    let mut changes: Vec<(String, i64)> =
        (0..600).map(|number| (format!("new-{number}"), 1_000_000 + number)).collect();
    changes.extend((0..600).map(|number| (format!("old-{number}"), number)));
    let changes: Vec<_> = changes.iter().map(|(id, at_ms)| (id.as_str(), 1, *at_ms, "dead")).collect();
    let board = board(&changes);
    assert!(board.latest.keys().all(|(_, id)| id.as_str().starts_with("new-")));
    assert_eq!(texts(&board, 80, 1), ["1200 invoices  1200 dead"]);
}

#[test]
fn wide_text_is_cut_by_columns_and_steers_nothing() {
    let bill = r#","bill":{"bill_id":"9","bill_number":"A-1","vendor_id":"7","vendor_name":"\u001b[2J株式会社","currency":"INR",
        "total":"1180.00"}"#;
    let mut board = Board::default();
    board.take("a".parse().unwrap(), &status(1, 0, "posted", bill));
    let whole = &texts(&board, 300, 3)[2];
    assert!(whole.ends_with("INR 1180.00  A-1  ·[2J株式会社"), "{whole}");
    let narrow = whole.chars().count() - 2;
    let cut = &texts(&board, narrow, 3)[2];
    assert!(cut.ends_with("·[2J株"), "{cut}");
}

#[test]
fn it_says_how_far_it_has_read() {
    let lines = Board::default().lines(80, 3, Some(Progress { done: 5, total: 9 }), 0);
    assert_eq!(lines[1].text, "reading what was before: 5 of 9");
}
