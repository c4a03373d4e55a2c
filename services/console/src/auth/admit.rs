//! The gate that every request passes: where it comes from, who sends it, and whether they may ask so often.

use super::{Guard, Identity, Role, origin};
use crate::problem::Problem;
use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What scripts of our pages send along with what changes something.
const CSRF_HEADER: &str = "x-csrf-token";

/// Who sent the request.
#[derive(Debug, Clone)]
pub enum Caller {
    Known(Identity),
    /// Without credentials.
    Nobody,
    /// With wrong ones.
    Wrong,
}

/// Somebody whom a page is for: others are sent to the log-in page.
#[derive(Debug, Clone)]
pub struct Visitor(pub Identity);

/// Refuses what another site made a browser send and what comes too often; whatever follows knows its [`Caller`].
pub async fn admit(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    match look(&guard, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Whether the request's caller may do what needs this role, by the API: with a token, or with a session and the word of our page.
pub(crate) fn require(guard: &Guard, request: &Request, role: Role) -> Result<(), Problem> {
    let identity = known(guard, request.extensions())?;
    if !identity.has_token() && origin::is_foreign(request.headers()) {
        return Err(guard.refuse("cross_site", "another site made your browser ask this"));
    }
    if identity.is_ambient() && !is_safe(request.method()) && !has_csrf(identity, request.headers()) {
        return Err(guard.refuse("csrf", "a request by a session needs the page's x-csrf-token, or use a token"));
    }
    if !identity.may(role) {
        let detail = format!("the role {} may not do this; it needs {}", identity.role.as_str(), role.as_str());
        return Err(guard.refuse("role", &detail));
    }
    Ok(())
}

/// The address at the other end of the connection, which may be that of a proxy.
pub(super) fn address(extensions: &Extensions) -> IpAddr {
    extensions
        .get()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address): &ConnectInfo<SocketAddr>| address.ip())
}

/// The address at the other end of the connection, which may be that of a proxy.
#[derive(Debug, Clone, Copy)]
pub struct From(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(address(&parts.extensions)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        identity(&parts.extensions).ok_or_else(super::nobody)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(identity(&parts.extensions))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Redirect> {
        identity(&parts.extensions).map(Self).ok_or_else(|| Redirect::to("/login"))
    }
}

fn look(guard: &Guard, request: &Request) -> Result<Caller, Problem> {
    let headers = request.headers();
    if guard.is_open() && !origin::is_loopback(request.uri(), headers) {
        return Err(guard.refuse("host", "without console.tokens the console answers as localhost and 127.0.0.1 only"));
    }
    let caller = guard.caller(headers);
    let has_token = matches!(&caller, Caller::Known(identity) if identity.has_token());
    if !has_token && !is_safe(request.method()) && !origin::is_ours(headers, guard.0.public.as_deref()) {
        return Err(guard.refuse("cross_site", "another site made your browser ask this"));
    }
    if let Caller::Known(identity) = &caller {
        guard.permit(identity)?;
    }
    Ok(caller)
}

fn known<'a>(guard: &Guard, extensions: &'a Extensions) -> Result<&'a Identity, Problem> {
    match extensions.get() {
        Some(Caller::Known(identity)) => Ok(identity),
        Some(Caller::Wrong) => Err(guard.wrong_token(address(extensions))),
        Some(Caller::Nobody) | None => Err(super::nobody()),
    }
}

pub(super) fn identity(extensions: &Extensions) -> Option<Identity> {
    match extensions.get() {
        Some(Caller::Known(identity)) => Some(identity.clone()),
        _ => None,
    }
}

fn has_csrf(identity: &Identity, headers: &HeaderMap) -> bool {
    headers.get(CSRF_HEADER).and_then(|shown| shown.to_str().ok()).is_some_and(|shown| identity.is_csrf(shown))
}

const fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
