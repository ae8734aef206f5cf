//! Sallyport: self-hosted sign-in with mandatory phone verification.
//!
//! The folders tell the story, and arrows between them point one way:
//!
//! ```text
//! main → serve → app → pages → islands → api ─ bodies only ─▶ server::request → server::flows
//!                        │       │                                   │
//!                        │       │      verification · limits · notices · store · verify · captcha · password · session
//!                        └───────┴───▶  words, domain, routes  ◀─────┘
//! serve → api_v1 → server::flows: the same journeys as JSON, for other programs
//! server::http: the edge, knows no flow          simulator: stands alone
//! serve → server::webhooks → server::flows: what providers tell of their messages
//! main → operator → server::{store, password, phone, notices}: accounts at the command line
//! ```
//!
//! The one crate is built twice: with `ssr` into the binary, with `hydrate` into the browser's
//! WASM. What may run on one side only is gated here and nowhere else.

// A page's view is one deeply nested type; the default limit of 128 is just too low for it.
#![recursion_limit = "256"]

pub mod api;
pub mod domain;
pub mod islands;
pub mod pow;
pub mod routes;
pub mod words;

#[cfg(feature = "ssr")]
pub mod api_v1;
#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod operator;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod server;

/// Wakes the islands of the page; called by the page's own script.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
