//! What nobody should be able to do.

mod authenticator;
mod captcha;
mod cross_site;
mod handles;
mod leaks;
mod limits;
mod order;
mod races;
mod requests;
mod webhooks;
