//! The model behind OpenAI's API: its contract, its refusals, its answers.

use base64::{Engine, engine::general_purpose::STANDARD};
use samples::Expectation;
use serde_json::{Value, json};

use crate::{
    client::{Reply, World},
    model::prompt,
};

const PATH: &str = "/v1/chat/completions";
const KEY: (&str, &str) = ("authorization", "Bearer sandbox");

fn request() -> Value {
    json!({
        "model": "gpt-4o-mini",
        "max_tokens": 4096,
        "messages": [
            {"role": "system", "content": "Structure the invoice."},
            {"role": "user", "content": prompt()},
        ],
    })
}

fn schema() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["invoice_number", "total", "remark"],
        "properties": {"invoice_number": text, "total": text, "remark": {"type": ["string", "null"]}},
    })
}

fn with_schema(mut request: Value) -> Value {
    let schema = json!({"name": "invoice", "strict": true, "schema": schema()});
    request["response_format"] = json!({"type": "json_schema", "json_schema": schema});
    request
}

async fn ask(world: &World, request: &Value) -> Reply {
    world.send("POST", PATH, &[KEY], request.to_string().as_bytes()).await.unwrap()
}

fn choice(reply: &Reply) -> Value {
    reply.json()["choices"][0].clone()
}

fn text(reply: &Reply) -> String {
    choice(reply)["message"]["content"].as_str().unwrap().to_owned()
}

/// The answer, which is JSON and nothing else.
fn answer(reply: &Reply) -> Value {
    serde_json::from_str(&text(reply)).unwrap()
}

#[tokio::test]
async fn a_chat_completion_reads_the_invoice_into_the_strict_schema() {
    let world = World::start("").await;
    let reply = ask(&world, &with_schema(request())).await;
    let answer = answer(&reply);
    assert_eq!(answer["invoice_number"], samples::numbered(7).truth.invoice_number);
    assert_eq!(answer.as_object().unwrap().len(), 3);

    let completion = reply.json();
    assert_eq!((&completion["object"], &completion["model"]), (&json!("chat.completion"), &json!("gpt-4o-mini")));
    assert!(completion["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert!(completion["created"].as_i64().unwrap() > 1_700_000_000);
    let choice = choice(&reply);
    assert_eq!((&choice["index"], &choice["finish_reason"]), (&json!(0), &json!("stop")));
    assert_eq!((&choice["message"]["role"], &choice["message"]["refusal"]), (&json!("assistant"), &Value::Null));
    let usage = &completion["usage"];
    let tokens = |name: &str| usage[name].as_u64().unwrap();
    assert!(tokens("prompt_tokens") >= 30);
    assert_eq!(tokens("total_tokens"), tokens("prompt_tokens") + tokens("completion_tokens"));
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 0);
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 0);
    assert!(reply.header("x-request-id").unwrap().starts_with("req_"));
}

#[tokio::test]
async fn both_apis_read_the_same_invoice() {
    let world = World::start("").await;
    let fenced = text(&ask(&world, &request()).await);
    let headers = [("x-api-key", "sandbox"), ("anthropic-version", "2023-06-01")];
    let mut other = request();
    other["model"] = json!("claude-haiku-4-5");
    other["messages"] = json!([{"role": "user", "content": prompt()}]);
    let message = world.send("POST", "/v1/messages", &headers, other.to_string().as_bytes()).await.unwrap().json();
    assert_eq!(message["content"][0]["text"], fenced);
    assert!(fenced.contains("```json\n"));
}

#[tokio::test]
async fn json_mode_answers_with_nothing_but_json() {
    let world = World::start("").await;
    let mut request = request();
    request["response_format"] = json!({"type": "json_object"});
    let refused = ask(&world, &request).await;
    assert_eq!((refused.status, &refused.json()["error"]["param"]), (400, &json!("messages")));

    request["messages"][0]["content"] = json!("Structure the invoice as JSON.");
    let answer = answer(&ask(&world, &request).await);
    assert_eq!(answer["invoice_number"], samples::numbered(7).truth.invoice_number);
}

#[tokio::test]
async fn a_scan_is_read_from_its_file() {
    let world = World::start("").await;
    let scan = samples::all().into_iter().find(|sample| sample.expectation == Expectation::NoText).unwrap();
    let data = format!("data:application/pdf;base64,{}", STANDARD.encode(&scan.pdf));
    let mut request = with_schema(request());
    request["messages"][1]["content"] = json!([
        {"type": "file", "file": {"filename": "invoice.pdf", "file_data": data}},
        {"type": "text", "text": "The invoice is the attached PDF."},
    ]);
    let answer = answer(&ask(&world, &request).await);
    assert_eq!(answer["invoice_number"], scan.truth.invoice_number);
    assert_eq!(answer["total"], scan.truth.total);
}

#[tokio::test]
async fn what_the_real_api_refuses_is_refused_here() {
    let world = World::start("").await;
    let with = |name: &str, value: Value| {
        let mut request = with_schema(request());
        request[name] = value;
        request
    };
    let with_rule = |name: &str, value: Value| {
        let mut request = with_schema(request());
        request["response_format"]["json_schema"]["schema"][name] = value;
        request
    };
    let table = [
        (with("messages", Value::Null), "expected an array of objects, but got null"),
        (with("messages", json!([])), "Invalid 'messages': empty array."),
        (with("model", Value::Null), "you must provide a model parameter"),
        (with("system", json!("x")), "Unknown parameter: 'system'."),
        (with("max_tokens", json!(0)), "Expected a value >= 1, but got 0 instead."),
        (with("max_completion_tokens", json!(9)), "at the same time is not supported."),
        (with("temperature", json!("cold")), "expected a decimal, but got a string instead."),
        (with("reasoning_effort", json!("low")), "Unrecognized request argument supplied: reasoning_effort"),
        (with("stream", json!(true)), "stream"),
        (with("response_format", json!({"type": "xml"})), "Invalid value: 'xml'."),
        (
            with_rule("additionalProperties", json!(true)),
            "Invalid schema for response_format 'invoice': In context=(), 'additionalProperties' is required to be \
             supplied and to be false.",
        ),
        (with_rule("required", json!(["total", "remark"])), "Missing 'invoice_number'."),
        (with_rule("allOf", json!([])), "'allOf' is not permitted."),
        (with_rule("type", json!("array")), "schema must be a JSON Schema of 'type: \"object\"'"),
    ];
    for (request, words) in table {
        let reply = ask(&world, &request).await;
        let error = reply.json()["error"].clone();
        assert_eq!((reply.status, &error["type"]), (400, &json!("invalid_request_error")), "{words}");
        assert!(error["message"].as_str().unwrap().contains(words), "{error}");
        assert!(error.as_object().unwrap().contains_key("param") && error.as_object().unwrap().contains_key("code"));
        assert!(reply.header("x-request-id").is_some());
    }
    let unknown = ask(&world, &with("model", json!("claude-haiku-4-5"))).await;
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (404, &json!("model_not_found")));
    assert_eq!(ask(&world, &with("temperature", json!(0))).await.status, 200);
}

#[tokio::test]
async fn a_schema_that_is_not_strict_is_followed_without_being_checked() {
    let world = World::start("").await;
    let mut request = with_schema(request());
    request["response_format"]["json_schema"] = json!({"name": "invoice", "schema": {
        "type": "object", "properties": {"total": {"type": "string", "maxLength": 9}},
    }});
    let answer = answer(&ask(&world, &request).await);
    assert_eq!(answer, json!({"total": samples::numbered(7).truth.total}));
}

#[tokio::test]
async fn a_call_without_a_bearer_key_is_refused() {
    let world = World::start("").await;
    let body = request().to_string();
    let nothing: &[(&str, &str)] = &[];
    for headers in [nothing, &[("x-api-key", "sandbox")], &[("authorization", "Bearer ")]] {
        let reply = world.send("POST", PATH, headers, body.as_bytes()).await.unwrap();
        let error = reply.json()["error"].clone();
        assert_eq!((reply.status, &error["code"]), (401, &json!("invalid_api_key")), "{headers:?}");
        assert!(reply.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn models_that_think_want_the_newer_limit_and_are_paid_for_their_thoughts() {
    let world = World::start("").await;
    let mut request = with_schema(request());
    request["model"] = json!("gpt-5-mini");
    let refused = ask(&world, &request).await.json();
    assert_eq!(
        refused["error"],
        json!({
            "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                        'max_completion_tokens' instead.",
            "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported_parameter",
        })
    );
    request["max_tokens"] = Value::Null;
    request["max_completion_tokens"] = json!(4096);
    let reply = ask(&world, &request).await;
    assert_eq!(answer(&reply)["total"], samples::numbered(7).truth.total);
    let usage = &reply.json()["usage"];
    let thoughts = usage["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap();
    assert!(0 < thoughts && thoughts < usage["completion_tokens"].as_u64().unwrap());

    request["temperature"] = json!(0);
    let refused = ask(&world, &request).await.json();
    assert_eq!(refused["error"]["code"], "unsupported_value");
}

#[tokio::test]
async fn an_answer_longer_than_its_limit_is_cut() {
    let world = World::start("").await;
    let mut request = with_schema(request());
    request["max_tokens"] = json!(2);
    let reply = ask(&world, &request).await;
    assert_eq!(choice(&reply)["finish_reason"], "length");
    assert_eq!(text(&reply).len(), 8);
}

#[tokio::test]
async fn a_scripted_status_comes_in_the_envelope_of_this_api() {
    let world = World::start("").await;
    let quota = "You exceeded your current quota, please check your plan and billing details.";
    for (status, message, kind, code) in [
        (429, None, json!("requests"), json!("rate_limit_exceeded")),
        (429, Some(quota), json!("insufficient_quota"), json!("insufficient_quota")),
        (401, None, json!("invalid_request_error"), json!("invalid_api_key")),
        (500, None, json!("server_error"), Value::Null),
        (503, Some("Slow down"), json!("server_error"), json!("slow_down")),
    ] {
        let mut script = json!({"endpoint": "llm", "kind": "status", "status": status, "retry_after": 2, "count": 1});
        if let Some(message) = message {
            script["message"] = json!(message);
        }
        world.fault(script).await;
        let reply = ask(&world, &request()).await;
        assert_eq!((reply.status, reply.header("retry-after")), (status, Some("2")));
        let error = reply.json()["error"].clone();
        assert_eq!((&error["type"], &error["code"]), (&kind, &code), "{status}");
        assert!(reply.header("x-request-id").is_some());
    }
    assert_eq!(ask(&world, &request()).await.status, 200);
}

#[tokio::test]
async fn a_scripted_refusal_and_a_cut_answer_look_as_they_do_there() {
    let world = World::start("").await;
    world.fault(json!({"endpoint": "llm", "kind": "refusal", "count": 1})).await;
    let reply = ask(&world, &with_schema(request())).await;
    let refused = choice(&reply);
    assert_eq!((reply.status, &refused["finish_reason"]), (200, &json!("stop")));
    assert_eq!(refused["message"]["content"], Value::Null);
    assert!(!refused["message"]["refusal"].as_str().unwrap().is_empty());

    world.fault(json!({"endpoint": "llm", "kind": "max_tokens", "count": 1})).await;
    let reply = ask(&world, &with_schema(request())).await;
    assert_eq!(choice(&reply)["finish_reason"], "length");
    assert!(serde_json::from_str::<Value>(&text(&reply)).is_err());

    world.fault(json!({"endpoint": "llm", "kind": "misread", "field": "total", "value": "1.00", "count": 1})).await;
    assert_eq!(answer(&ask(&world, &with_schema(request())).await)["total"], "1.00");

    world.fault(json!({"endpoint": "llm", "kind": "garbage", "count": 1})).await;
    let reply = ask(&world, &with_schema(request())).await;
    assert_eq!(choice(&reply)["finish_reason"], "stop");
    assert!(serde_json::from_str::<Value>(&text(&reply)).is_err());
    assert!(reply.header("x-request-id").is_some());
}

#[tokio::test]
async fn completed_answers_are_counted_per_invoice() {
    let world = World::start("").await;
    ask(&world, &request()).await;
    let body = request().to_string();
    let headers = [KEY, ("x-invoice-id", "inv-7")];
    world.send("POST", PATH, &headers, body.as_bytes()).await.unwrap();
    world.fault(json!({"endpoint": "llm", "kind": "reset", "count": 1})).await;
    assert!(world.send("POST", PATH, &headers, body.as_bytes()).await.is_err());

    let calls = world.calls().await;
    let number = samples::numbered(7).truth.invoice_number;
    assert_eq!(calls["llm"], json!({"in_air": 0, "answers_completed": {"inv-7": 1, number: 1}}));
    assert_eq!(calls["invoices"]["llm"]["inv-7"]["fault"], 1);
}
