//! Tests of the whole HTTP edge in front of a small router.

mod accept_loop;
mod api_and_webhooks;
mod compression;
mod every_response;
mod live_server;
mod load_shedding;
mod request_guard;
mod request_id;
mod shutdown;
mod site;
mod support;
