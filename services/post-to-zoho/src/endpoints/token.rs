//! `POST /oauth/v2/token`, scope none. Zoho refuses with status 200, too: whether there is a token decides.

use super::server::Server;
use contract::Class::{self, Transient, Unavailable};
use contract::{Code, code};

async fn asked(status: u16, body: &str) -> (Result<String, (Code, Class)>, super::Seen) {
    let server = Server::answering(200, String::new()).await;
    server.answer_for_tokens(status, body.to_owned());
    let token = server.client().token().await;
    let read = token.map(|token| format!("{} {:?}", token.header.to_str().unwrap(), token.scope));
    (read.map_err(|error| (error.code, error.class)), server.last())
}

#[tokio::test]
async fn the_credentials_go_into_the_body_where_no_log_has_them() {
    let (_, seen) = asked(200, "{}").await;
    assert_eq!((seen.what.as_str(), seen.query.as_str()), ("POST /oauth/v2/token", ""));
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
    let body = "grant_type=refresh_token&client_id=client&client_secret=secret&refresh_token=refresh";
    assert_eq!(seen.body, body);
}

#[tokio::test]
async fn a_token_is_read_in_every_documented_shape() {
    let table = [
        (
            r#"{"access_token":"1000.a.b","expires_in":3600,"api_domain":"https://www.zohoapis.in","token_type":"Bearer"}"#,
            "Zoho-oauthtoken 1000.a.b None",
        ),
        (
            r#"{"access_token":"1000.a.b","expires_in":3600,"scope":"ZohoBooks.bills.ALL"}"#,
            "Zoho-oauthtoken 1000.a.b Some(\"ZohoBooks.bills.ALL\")",
        ),
        // Older answers count in milliseconds and have the seconds beside.
        (r#"{"access_token":"1000.a.b","expires_in":3600000,"expires_in_sec":3600}"#, "Zoho-oauthtoken 1000.a.b None"),
        (r#"{"access_token":"1000.a.b"}"#, "Zoho-oauthtoken 1000.a.b None"),
    ];
    for (body, token) in table {
        assert_eq!(asked(200, body).await.0.unwrap(), token, "{body}");
    }
}

#[tokio::test]
async fn each_refusal_of_a_token_is_classed() {
    const TOO_MANY: &str = r#"{"error_description":"You have made too many requests continuously.","error":"Access Denied","status":"failure"}"#;
    let table = [
        ("the refresh token is wrong", 200, r#"{"error":"invalid_code"}"#, code::ZOHO_TOKEN_REFUSED, Unavailable),
        ("no such client", 200, r#"{"error":"invalid_client"}"#, code::ZOHO_TOKEN_REFUSED, Unavailable),
        (
            "a client of another data centre",
            400,
            r#"{"error":"invalid_client"}"#,
            code::ZOHO_TOKEN_REFUSED,
            Unavailable,
        ),
        (
            "the client's secret is wrong",
            200,
            r#"{"error":"invalid_client_secret"}"#,
            code::ZOHO_TOKEN_REFUSED,
            Unavailable,
        ),
        ("ten tokens in ten minutes", 400, TOO_MANY, code::ZOHO_TOKEN_THROTTLED, Unavailable),
        ("the same by status", 429, "", code::ZOHO_TOKEN_THROTTLED, Unavailable),
        ("the log-in server fails", 503, "<html>", code::ZOHO_UNAVAILABLE, Unavailable),
        ("a portal's page", 200, "<html>", code::ZOHO_BAD_RESPONSE, Transient),
        ("an empty token", 200, r#"{"access_token":""}"#, code::ZOHO_TOKEN_REFUSED, Unavailable),
    ];
    for (when, status, body, code, class) in table {
        assert_eq!(asked(status, body).await.0, Err((code, class)), "{when}");
    }
}
