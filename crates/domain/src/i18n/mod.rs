//! The catalogue: every text a person is shown, in every language there is.
//!
//! A language is a module with the same statics and functions as the others. Texts that stand
//! alone are fields of a struct, so that a missing one does not compile; texts for a closed enum
//! are one exhaustive `match`. Adding a language: a variant of [`Language`], a module here, and
//! whatever the compiler asks for next.
//!
//! [`Words`] is what the islands draw with and travels in the WASM; [`Pages`] is the server's.

mod english;
mod german;
mod islands;
mod pages;
mod payments;

pub use islands::*;
pub use pages::*;
pub use payments::*;

use crate::{Language, Notification};

impl Language {
    /// The words of the islands.
    pub const fn words(self) -> &'static Words {
        match self {
            Self::English => &english::WORDS,
            Self::German => &german::WORDS,
        }
    }

    /// The words of the pages around them.
    pub const fn pages(self) -> &'static Pages {
        match self {
            Self::English => &english::PAGES,
            Self::German => &german::PAGES,
        }
    }

    /// What is written to the holder of an account.
    pub fn letter(self, notice: &Notification) -> Letter {
        match self {
            Self::English => english::letter(notice),
            Self::German => german::letter(notice),
        }
    }
}

/// A sentence with something set off in the middle of it: a number, a name.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    pub before: &'static str,
    pub after: &'static str,
}

/// A notice in words, whichever way it goes.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The subject line of the mail.
    pub subject: &'static str,
    /// One sentence for a text message, begun in the middle of a line.
    pub short: String,
    /// The same at more length, in lines that need no folding (RFC 5322, section 2.1.1).
    pub long: String,
    /// What to do if it was somebody else.
    pub advice: &'static str,
    /// The first line of the mail.
    pub salutation: &'static str,
}

impl Letter {
    /// The whole text of the mail.
    pub fn body(&self) -> String {
        let Self {
            long,
            advice,
            salutation,
            ..
        } = self;
        format!("{salutation}\n\n{long}\n\n{advice}\n\nSallyport\n")
    }

    /// The text message: one segment of 160 characters of the GSM alphabet at most
    /// (3GPP TS 23.038).
    pub fn sms(&self) -> String {
        format!("Sallyport: {} {}", self.short, self.advice)
    }
}

#[cfg(test)]
mod tests;
