//! The model: its contract, its refusals, its answers.

use serde_json::{Value, json};

use crate::client::{Reply, World};

const KEY: (&str, &str) = ("x-api-key", "sandbox");
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

pub(crate) fn prompt() -> String {
    // What an extractor gets out of a small invoice, with an instruction before it.
    let invoice = samples::numbered(7).truth;
    format!(
        "Structure this invoice.\n<invoice_text>\n{}\nTAX INVOICE\nInvoice No: {}\nTotal: {}\n</invoice_text>",
        invoice.vendor_name, invoice.invoice_number, invoice.total
    )
}

fn request() -> Value {
    json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": prompt()}]}],
    })
}

fn with_schema(mut request: Value) -> Value {
    let text = json!({"type": "string"});
    request["output_config"] = json!({"format": {"type": "json_schema", "schema": {
        "type": "object", "additionalProperties": false,
        "required": ["invoice_number", "total", "remark"],
        "properties": {"invoice_number": text, "total": text, "remark": text},
    }}});
    request
}

async fn ask(world: &World, request: &Value) -> Reply {
    let body = request.to_string();
    world.send("POST", "/v1/messages", &[KEY, VERSION], body.as_bytes()).await.unwrap()
}

fn text(reply: &Reply) -> String {
    let reply = reply.json();
    let blocks = reply["content"].as_array().unwrap();
    let text = blocks.iter().find(|block| block["type"] == "text").unwrap();
    text["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_schema_is_answered_with_exactly_its_properties() {
    let world = World::start("").await;
    let reply = ask(&world, &with_schema(request())).await;
    let answer: Value = serde_json::from_str(&text(&reply)).unwrap();
    let truth = samples::numbered(7).truth;
    assert_eq!(answer["invoice_number"], truth.invoice_number);
    assert_eq!(answer["remark"], "");
    assert_eq!(answer.as_object().unwrap().len(), 3);

    let message = reply.json();
    assert_eq!(message["stop_reason"], "end_turn");
    assert!(message["id"].as_str().unwrap().starts_with("msg_"));
    assert!(message["usage"]["input_tokens"].as_u64().unwrap() >= 30);
    assert!(reply.header("request-id").unwrap().starts_with("req_"));
}

#[tokio::test]
async fn without_a_schema_the_json_stands_in_a_fence() {
    let world = World::start("").await;
    let text = text(&ask(&world, &request()).await);
    let (before, rest) = text.split_once("```json\n").unwrap();
    assert!(before.len() > 10);
    let answer: Value = serde_json::from_str(rest.strip_suffix("\n```").unwrap()).unwrap();
    assert_eq!(answer["invoice_number"], samples::numbered(7).truth.invoice_number);
}

#[tokio::test]
async fn newer_models_think_first_unless_told_not_to() {
    let world = World::start("").await;
    let mut request = request();
    request["model"] = json!("claude-haiku-5-5");
    let first = |reply: &Reply| reply.json()["content"][0]["type"].clone();
    assert_eq!(first(&ask(&world, &request).await), "thinking");
    request["thinking"] = json!({"type": "disabled"});
    assert_eq!(first(&ask(&world, &request).await), "text");
}

#[tokio::test]
async fn what_the_real_api_refuses_is_refused_in_its_envelope() {
    let world = World::start("").await;
    let with = |name: &str, value: Value| {
        let mut request = request();
        request["model"] = json!("claude-sonnet-5-5");
        request[name] = value;
        request
    };
    let prefill = json!([{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]);
    let open = json!({"format": {"type": "json_schema", "schema": {"type": "object"}}});
    let table = [
        (with("max_tokens", Value::Null), "max_tokens: Field required"),
        (with("messages", Value::Null), "messages: Field required"),
        (with("temperature", json!(0)), "`temperature`"),
        (with("thinking", json!({"type": "enabled", "budget_tokens": 9})), "thinking"),
        (with("messages", prefill), "must end with a user message."),
        (with("tool_choice", json!({"type": "any"})), "`tool_choice: type"),
        (with("output_config", open), "additionalProperties"),
        (with("stream", json!(true)), "stream"),
    ];
    for (request, words) in table {
        let reply = ask(&world, &request).await;
        let body = reply.json();
        assert_eq!((reply.status, &body["error"]["type"]), (400, &json!("invalid_request_error")), "{words}");
        assert!(body["error"]["message"].as_str().unwrap().contains(words), "{body}");
        assert_eq!(body["request_id"], reply.header("request-id").unwrap());
    }
    assert_eq!(ask(&world, &with("model", json!("gpt-5"))).await.status, 404);
    let mut older = request();
    older["temperature"] = json!(0);
    assert_eq!(ask(&world, &older).await.status, 200);
}

#[tokio::test]
async fn a_call_without_a_key_or_version_is_refused() {
    let world = World::start("").await;
    let body = request().to_string();
    let reply = world.send("POST", "/v1/messages", &[VERSION], body.as_bytes()).await.unwrap();
    assert_eq!((reply.status, &reply.json()["error"]["type"]), (401, &json!("authentication_error")));
    let reply = world.send("POST", "/v1/messages", &[KEY], body.as_bytes()).await.unwrap();
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn the_newer_version_takes_a_bearer_key_and_no_sampling_parameter() {
    let world = World::start("").await;
    let ask = async |request: &Value, version: &str| {
        let headers = [("authorization", "Bearer sandbox"), ("anthropic-version", version)];
        let reply = world.send("POST", "/v1/messages", &headers, request.to_string().as_bytes()).await.unwrap();
        reply.status
    };
    let mut request = request();
    assert_eq!(ask(&request, "2026-10-21").await, 200);
    request["temperature"] = json!(1);
    assert_eq!(ask(&request, "2023-06-01").await, 200);
    assert_eq!(ask(&request, "2026-10-21").await, 400);
    assert_eq!(ask(&request, "2031-01-01").await, 400);
}

#[tokio::test]
async fn an_answer_longer_than_max_tokens_is_cut() {
    let world = World::start("").await;
    let mut request = with_schema(request());
    request["max_tokens"] = json!(2);
    let reply = ask(&world, &request).await;
    assert_eq!(reply.json()["stop_reason"], "max_tokens");
    assert_eq!(text(&reply).len(), 8);
}

#[tokio::test]
async fn overload_comes_with_the_headers_it_was_scripted_with() {
    let world = World::start("").await;
    let script = json!({"endpoint": "llm", "kind": "status", "status": 529, "retry_after": 2, "count": 1});
    world.fault(script).await;
    let reply = ask(&world, &request()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (529, Some("2")));
    let error = json!({"type": "overloaded_error", "message": "Overloaded"});
    assert_eq!(reply.json()["error"], error);
    assert_eq!(ask(&world, &request()).await.status, 200);
}

#[tokio::test]
async fn a_model_can_be_made_to_refuse_to_stop_early_or_to_misread() {
    let world = World::start("").await;
    for script in [
        json!({"endpoint": "llm", "kind": "refusal", "count": 1}),
        json!({"endpoint": "llm", "kind": "max_tokens", "count": 1}),
        json!({"endpoint": "llm", "kind": "misread", "field": "total", "value": "1.00", "count": 1}),
        json!({"endpoint": "llm", "kind": "garbage", "count": 1}),
    ] {
        world.fault(script).await;
    }
    // Garbage ends the call in its stead; the oldest way to answer wrongly is spent with it.
    let prose = ask(&world, &with_schema(request())).await;
    assert!(serde_json::from_str::<Value>(&text(&prose)).is_err());
    let cut = ask(&world, &with_schema(request())).await;
    assert_eq!(cut.json()["stop_reason"], "max_tokens");
    let lie: Value = serde_json::from_str(&text(&ask(&world, &with_schema(request())).await)).unwrap();
    assert_eq!(lie["total"], "1.00");

    world.fault(json!({"endpoint": "llm", "kind": "refusal", "count": 1})).await;
    let refused = ask(&world, &request()).await.json();
    assert_eq!((&refused["stop_reason"], &refused["content"]), (&json!("refusal"), &json!([])));
}

#[tokio::test]
async fn completed_answers_are_counted_per_invoice() {
    let world = World::start("").await;
    ask(&world, &request()).await;
    let body = request().to_string();
    let headers = [KEY, VERSION, ("x-invoice-id", "inv-7")];
    world.send("POST", "/v1/messages", &headers, body.as_bytes()).await.unwrap();
    world.fault(json!({"endpoint": "llm", "kind": "status", "status": 500})).await;
    world.send("POST", "/v1/messages", &headers, body.as_bytes()).await.unwrap();

    let calls = world.calls().await;
    let number = samples::numbered(7).truth.invoice_number;
    assert_eq!(calls["llm"], json!({"in_air": 0, "answers_completed": {"inv-7": 1, number: 1}}));
    assert_eq!(calls["invoices"]["llm"]["inv-7"]["fault"], 1);
}
