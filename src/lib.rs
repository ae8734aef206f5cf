//! Sallyport: self-hosted sign-in with mandatory phone verification.
//!
//! `ARCHITECTURE.md` describes the folders and which folders they may import. The crate is built three times: with the
//! feature `ssr` for the server, with `hydrate` for the browser's WASM, and with `sign-in-bundle` for the WASM of the
//! sign-in page. Only this file and three files in `web/islands` select modules by feature: `mod.rs`, `flow_id.rs` and
//! `texts.rs`.

// The view of a page is one deeply nested type. The default limit of 128 is too low for it.
#![recursion_limit = "256"]
#![cfg_attr(
    feature = "sign-in-bundle",
    expect(dead_code, reason = "other islands use it")
)]

/// Everything drawn with Leptos. The islands and the server functions are compiled for the browser too.
pub mod web {
    pub mod islands;
    pub mod server_fns;

    #[cfg(feature = "ssr")]
    pub mod blocked_cookies;
    #[cfg(feature = "ssr")]
    pub mod brand;
    #[cfg(feature = "ssr")]
    pub mod flash;
    #[cfg(feature = "ssr")]
    pub mod flow_page;
    #[cfg(feature = "ssr")]
    pub mod form_account;
    #[cfg(feature = "ssr")]
    pub mod gallery;
    #[cfg(feature = "ssr")]
    mod outcome_message;
    #[cfg(feature = "ssr")]
    pub mod pages;
    #[cfg(feature = "ssr")]
    pub mod request;
    #[cfg(feature = "ssr")]
    pub mod shell;
}

#[cfg(feature = "ssr")]
pub mod auth;
#[cfg(feature = "ssr")]
pub mod boot;
#[cfg(feature = "ssr")]
pub mod cli;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod event_stream;
#[cfg(feature = "ssr")]
pub mod hashing;
#[cfg(feature = "ssr")]
pub mod http;
#[cfg(feature = "ssr")]
pub mod json_api;
#[cfg(feature = "ssr")]
pub mod metrics;
#[cfg(feature = "ssr")]
pub mod notifications;
#[cfg(feature = "ssr")]
pub mod payments;
#[cfg(feature = "ssr")]
pub mod security;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod verification;
#[cfg(feature = "ssr")]
pub mod webhooks;
