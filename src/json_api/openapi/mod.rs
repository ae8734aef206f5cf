//! The OpenAPI description of the JSON API.

mod document;
pub mod responses;

pub use document::{document_json, get_document};
