//! The API's description, OpenAPI 3.1, made from the table of routes and the types that the handlers take and give.

use super::ROOT;
use super::route::{Answer, Method, Route};
use crate::auth::Role;
use crate::problem::Problem;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

const DESCRIPTION: &str = "Hand in invoices, see what became of them, and put right what failed. Errors are \
                           application/problem+json with a code whose page is in docs/errors. New fields may appear in answers.";

/// The whole document.
pub(super) fn document(routes: &[Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let problem = schemas.subschema_for::<Problem>();
    let mut paths = Map::new();
    for route in routes {
        let path = paths.entry(format!("{ROOT}{}", route.path)).or_insert_with(|| json!({}));
        path[route.method.as_str()] = operation(route, &problem, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "invoices", "version": env!("CARGO_PKG_VERSION"), "description": DESCRIPTION },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "A token of the setting console.tokens." },
            },
        },
    })
}

fn operation(route: &Route, problem: &schemars::Schema, schemas: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.summary,
        "description": format!("Needs the role `{}`.", route.role.as_str()),
        "x-role": route.role.as_str(),
        "tags": [route.path.split('/').nth(1).unwrap_or_default()],
        "parameters": parameters(route, schemas),
        "responses": responses(route, problem, schemas),
    });
    if !route.bodies.is_empty() {
        let content: Map<String, Value> = route
            .bodies
            .iter()
            .map(|(media_type, describe)| ((*media_type).to_owned(), json!({ "schema": describe(schemas) })))
            .collect();
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn parameters(route: &Route, schemas: &mut SchemaGenerator) -> Vec<Value> {
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.split('}').next());
    let in_path = names.map(|name| in_path(name, schemas));
    let mut parameters: Vec<Value> = in_path.collect();
    if let Some(describe) = route.query {
        parameters.extend(in_query(&describe(schemas).to_value(), schemas));
    }
    parameters
}

fn in_path(name: &str, schemas: &mut SchemaGenerator) -> Value {
    let (schema, description) = match name {
        "stage" => (schemas.subschema_for::<contract::Stage>().to_value(), "A stage's name."),
        "page" => (json!({ "type": "string", "pattern": r"^[1-9][0-9]{0,3}\.png$" }), "A page, from `1.png`."),
        "file" => (json!({ "type": "string" }), "The format."),
        _ => (schemas.subschema_for::<contract::InvoiceId>().to_value(), "An invoice's id."),
    };
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

/// Each field of the type that the handler reads the query into.
fn in_query(reference: &Value, schemas: &SchemaGenerator) -> Vec<Value> {
    let name = reference["$ref"].as_str().and_then(|place| place.rsplit('/').next()).unwrap_or_default();
    let described = schemas.definitions().get(name).unwrap_or(reference);
    let required = described["required"].as_array().cloned().unwrap_or_default();
    let fields = described["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let is_required = required.iter().any(|one| *one == name);
        let mut parameter = json!({ "name": name, "in": "query", "required": is_required, "schema": schema });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameter
    };
    fields.into_iter().map(parameter).collect()
}

fn responses(route: &Route, problem: &schemars::Schema, schemas: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for Answer { status, media_type, schema, means } in &route.answers {
        let response = responses.entry(status.as_u16().to_string()).or_insert_with(|| json!({ "description": means }));
        match schema {
            _ if media_type.is_empty() => {}
            Some(describe) => response["content"][media_type] = json!({ "schema": describe(schemas) }),
            None => response["content"][media_type] = json!({}),
        }
    }
    let mut refused = |status: &str, means: &str| {
        let content = json!({ "application/problem+json": { "schema": problem } });
        responses.insert(status.to_owned(), json!({ "description": means, "content": content }));
    };
    refused("400", "The request cannot be read.");
    refused("401", "Nobody whom the settings know.");
    refused("429", "Too many requests.");
    refused("503", "Kafka or the document store does not answer.");
    if route.role > Role::Read || route.method == Method::Post {
        refused("403", "The role may not do this, or another site asks.");
    }
    if route.path.contains('{') {
        refused("404", "There is nothing of that name.");
    }
    Value::Object(responses)
}
