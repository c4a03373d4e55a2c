//! The PDF host.

use crate::client::World;

#[tokio::test]
async fn every_listed_sample_is_served_as_a_pdf_whatever_the_query() {
    let world = World::start("").await;
    let list = world.get("/pdf").await.json();
    let samples = list.as_array().unwrap();
    assert!(!samples.is_empty());
    for sample in samples {
        let path = format!("/pdf/{}.pdf?copy=7&X-Amz-Signature=abc", sample["name"].as_str().unwrap());
        let reply = world.get(&path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("content-type"), Some("application/pdf"));
        assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
        assert!(reply.body.starts_with(b"%PDF-"));
    }
}

#[tokio::test]
async fn numbered_invoices_differ_and_stay_the_same() {
    let world = World::start("").await;
    let first = world.get("/pdf/numbered/41.pdf").await;
    assert!(first.body.starts_with(b"%PDF-"));
    assert_eq!(first.body, world.get("/pdf/numbered/41.pdf?copy=2").await.body);
    assert_ne!(first.body, world.get("/pdf/numbered/42.pdf").await.body);
    assert_eq!(world.get("/pdf/numbered/many.pdf").await.status, 404);
}

#[tokio::test]
async fn two_links_are_dead_in_the_two_usual_ways() {
    let world = World::start("").await;
    assert_eq!(world.get("/pdf/gone.pdf").await.status, 404);
    let page = world.get("/pdf/not-a-pdf.pdf").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let calls = world.calls().await;
    assert_eq!(calls["invoices"]["pdf"]["/pdf/gone.pdf"]["error"], 1);
}
