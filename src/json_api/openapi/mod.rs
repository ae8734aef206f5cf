//! The OpenAPI description of the JSON API.

mod document;
pub mod payment_schemas;
pub mod responses;

pub use document::{get_openapi_document, render_openapi_document};
