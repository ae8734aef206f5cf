//! Everything in front of the router, in one place and one order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use super::client_ip::{TrustedProxies, locate};
use super::guard::{GuardSettings, guard};
use super::headers::{HeaderSettings, secure};
use super::overload::{Hands, deadline, shed};
use super::panic;
use super::refusal::{Dress, ReadsLanguage, dress};
use domain::Language;

/// What the edge needs to know; [`EdgeSettings::new`] fills in the numbers of the security requirements.
#[derive(Clone)]
pub struct EdgeSettings {
    pub guard: GuardSettings,
    pub headers: HeaderSettings,
    pub trusted_proxies: TrustedProxies,
    /// From the last byte of the head to the first of the response.
    pub deadline: Duration,
    /// Requests worked on at once.
    pub max_running: usize,
    /// What the pages of 404, 500 and their like are written in.
    pub language: ReadsLanguage,
}

impl EdgeSettings {
    /// For pages served from `origins`, the public one first.
    pub fn new(origins: Vec<String>) -> Self {
        let https = origins
            .first()
            .is_some_and(|origin| origin.starts_with("https://"));
        Self {
            guard: GuardSettings::new(origins),
            headers: HeaderSettings {
                https,
                ..HeaderSettings::default()
            },
            trusted_proxies: TrustedProxies::none(),
            deadline: Duration::from_secs(15),
            max_running: 512,
            language: Arc::new(|_| Language::default()),
        }
    }
}

/// Wraps a finished router, fallback included. A request passes from top to bottom, its response back up.
///
/// | layer | why there |
/// | --- | --- |
/// | `secure` | first in, last out: the nonce exists before anyone renders, and no response escapes the headers |
/// | `dress` | gives words to every refusal made below |
/// | catch panic | a panic anywhere below is one 500 |
/// | `deadline` | the arrival of the body counts too |
/// | `locate` | whoever refuses or limits below knows the client |
/// | `guard` | before `shed`: a slow or forged request holds no hand |
/// | `shed` | only requests that will be worked on take a hand |
/// | router | |
pub fn edge(router: Router, settings: EdgeSettings) -> Router {
    let probe = settings.guard.probe;
    let hands = Hands {
        free: Arc::new(Semaphore::new(settings.max_running)),
        probe,
    };
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(Arc::new(settings.headers), secure))
        .layer(from_fn_with_state(
            Dress {
                language: settings.language,
                spoken: probe,
                caller: settings.guard.caller,
            },
            dress,
        ))
        .layer(CatchPanicLayer::custom(panic::answer))
        .layer(from_fn_with_state(settings.deadline, deadline))
        .layer(from_fn_with_state(settings.trusted_proxies, locate))
        .layer(from_fn_with_state(Arc::new(settings.guard), guard))
        .layer(from_fn_with_state(hands, shed));
    router.layer(layers)
}
