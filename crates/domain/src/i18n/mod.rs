//! Every text that a user reads, in every language.
//!
//! Each language is a module with the same statics and functions. Fixed texts are fields of a struct, so that
//! a missing text does not compile. The texts of a closed enum are one exhaustive `match`. To add a language,
//! follow docs/theming.md#add-a-language: the compiler names most of the places, but not all.
//!
//! The browser loads the [`IslandTexts`] of one language as a list. [`PageTexts`] stays on the server.

mod catalogue;
mod english;
mod french;
mod german;
mod islands;
mod notification_text;
mod pages;
mod polish;
mod portuguese;
mod spanish;

pub use islands::*;
pub use notification_text::{
    LinkOrCode, MAX_SENDER_CHARS, MessageLinks, NotificationText, is_valid_sms_sender,
};
pub use pages::*;

#[cfg(test)]
mod completeness_tests;
#[cfg(test)]
mod notification_link_tests;
#[cfg(test)]
mod tests;
