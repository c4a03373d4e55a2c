//! One line of the table of routes. The router and the OpenAPI document are both made from it, so that nothing is served that
//! is not described, and nothing without a role.

use crate::auth::{self, Guard, Role};
use crate::server::App;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{self, MethodRouter};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Makes the schema of a type, and notes those that it refers to.
pub(super) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// An address, what it takes and gives, and who may ask.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: Method,
    /// Below the API's root, with `{name}` for what varies.
    pub(super) path: &'static str,
    pub(super) role: Role,
    /// Its name for generated clients.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: Option<Describe>,
    /// By media type. Several are alternatives.
    pub(super) bodies: Vec<(&'static str, Describe)>,
    pub(super) answers: Vec<Answer>,
    handler: MethodRouter<App>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
}

/// What is answered when all is well.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Empty if there is no body.
    pub(super) media_type: &'static str,
    /// Of JSON only.
    pub(super) schema: Option<Describe>,
    pub(super) means: &'static str,
}

pub(super) const JSON: &str = "application/json";

impl Route {
    pub(super) fn get<T: 'static>(
        path: &'static str,
        role: Role,
        (id, summary): (&'static str, &'static str),
        handler: impl Handler<T, App>,
    ) -> Self {
        Self::new(Method::Get, path, role, (id, summary), routing::get(handler))
    }

    pub(super) fn post<T: 'static>(
        path: &'static str,
        role: Role,
        (id, summary): (&'static str, &'static str),
        handler: impl Handler<T, App>,
    ) -> Self {
        Self::new(Method::Post, path, role, (id, summary), routing::post(handler))
    }

    pub(super) fn query<Q: JsonSchema>(self) -> Self {
        Self { query: Some(SchemaGenerator::subschema_for::<Q>), ..self }
    }

    pub(super) fn takes<B: JsonSchema>(self) -> Self {
        self.takes_as::<B>(JSON)
    }

    pub(super) fn takes_as<B: JsonSchema>(mut self, media_type: &'static str) -> Self {
        self.bodies.push((media_type, SchemaGenerator::subschema_for::<B>));
        self
    }

    pub(super) fn gives<A: JsonSchema>(self) -> Self {
        self.gives_with::<A>(StatusCode::OK, "Done.")
    }

    pub(super) fn gives_with<A: JsonSchema>(mut self, status: StatusCode, means: &'static str) -> Self {
        let schema = Some(SchemaGenerator::subschema_for::<A> as Describe);
        self.answers.push(Answer { status, media_type: JSON, schema, means });
        self
    }

    pub(super) fn gives_nothing(mut self, means: &'static str) -> Self {
        self.answers.push(Answer { status: StatusCode::NO_CONTENT, media_type: "", schema: None, means });
        self
    }

    pub(super) fn gives_file(mut self, media_type: &'static str, means: &'static str) -> Self {
        self.answers.push(Answer { status: StatusCode::OK, media_type, schema: None, means });
        self
    }

    /// Its handler behind the check of its role.
    pub(super) fn guarded(self, guard: &Guard) -> (&'static str, MethodRouter<App>) {
        let (guard, role) = (guard.clone(), self.role);
        let check = move |request: Request, next: Next| {
            let admitted = auth::require(&guard, &request, role);
            async move { answer(admitted, request, next).await }
        };
        (self.path, self.handler.route_layer(middleware::from_fn(check)))
    }

    fn new(
        method: Method,
        path: &'static str,
        role: Role,
        (id, summary): (&'static str, &'static str),
        handler: MethodRouter<App>,
    ) -> Self {
        Self { method, path, role, id, summary, query: None, bodies: Vec::new(), answers: Vec::new(), handler }
    }
}

impl Method {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }
}

async fn answer(admitted: Result<(), crate::problem::Problem>, request: Request, next: Next) -> Response {
    match admitted {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}
