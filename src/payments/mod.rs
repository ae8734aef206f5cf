//! Payment execution: the trait [`Processor`], with the built-in [`Ledger`] as the default.
//!
//! A payment is confirmed by one commit and executed by another, with a processor between that may
//! be far away. What makes it happen exactly once is the key: the payment's own id, the same
//! however often the processor is asked (docs/security.md#pay-04).

mod ledger;

use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

pub use self::ledger::Ledger;
use crate::security::token::{AccountId, TransactionId};
use domain::{Amount, Description, PaymentId, Recipient, Timestamp};

/// How this server pays.
pub struct Payments {
    /// From this amount on a payment needs a code; so does every one in another currency, because
    /// the server knows no exchange rates.
    pub threshold: Amount,
    pub processor: Arc<dyn Processor>,
    /// Key that the flow tokens of payments are derived with.
    pub flow_token_key: Vec<u8>,
}

impl Payments {
    /// Whether paying this much needs a code.
    pub fn needs_code(&self, amount: Amount) -> bool {
        amount.currency() != self.threshold.currency() || amount.minor() >= self.threshold.minor()
    }
}

/// A payment to be executed, as it was quoted.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whatever was executed under it is never executed again.
    pub key: PaymentId,
    pub account: AccountId,
    pub recipient: Recipient,
    pub amount: Amount,
    pub description: Description,
    /// When it was handed over.
    pub at: Timestamp,
}

/// What became of an order. Both are final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Execution {
    Executed(TransactionId),
    /// It was not executed and never will be.
    Declined,
}

/// The result is unknown: ask again with the same key.
#[derive(Debug, thiserror::Error)]
#[error("the processor gave no answer to rely upon")]
pub struct Unanswered(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Moves money.
#[async_trait]
pub trait Processor: Send + Sync {
    /// Executes an order, or answers what became of it when its key was executed before. Called
    /// again with the same key after [`Unanswered`], after a crash, and by several nodes at once.
    async fn execute(&self, order: &Order) -> Result<Execution, Unanswered>;
}

/// What the payer agreed to, as 64 hexadecimal digits: the same for the same account, recipient,
/// amount and description, and for nothing else.
pub fn quote_hash(
    account: &AccountId,
    recipient: &Recipient,
    amount: Amount,
    description: &Description,
) -> String {
    hash(&[
        account.as_str(),
        recipient.as_str(),
        &amount.to_string(),
        description.as_str(),
    ])
}

/// SHA-256 of several texts, each with its length before it: no two lists run into one another.
pub fn hash(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(text.as_bytes());
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(typed: &str, code: &str) -> Amount {
        Amount::parse(typed, code.parse().expect("a currency")).expect("an amount")
    }

    fn payments(threshold: Amount) -> Payments {
        struct Never;

        #[async_trait]
        impl Processor for Never {
            async fn execute(&self, _: &Order) -> Result<Execution, Unanswered> {
                Ok(Execution::Declined)
            }
        }

        Payments {
            threshold,
            processor: Arc::new(Never),
            flow_token_key: Vec::new(),
        }
    }

    #[test]
    fn a_code_is_needed_from_the_threshold_on_and_for_every_other_currency() {
        let payments = payments(amount("100", "USD"));
        for (typed, code, needed) in [
            ("0.01", "USD", false),
            ("99.99", "USD", false),
            ("100.00", "USD", true),
            ("100.01", "USD", true),
            ("0.01", "EUR", true),
            ("1", "JPY", true),
        ] {
            assert_eq!(payments.needs_code(amount(typed, code)), needed, "{typed}");
        }
    }

    /// docs/security.md#pay-02
    #[test]
    fn every_part_of_a_quote_makes_it_another() {
        let (ann, bob) = (AccountId::generate(), AccountId::generate());
        let (acme, other) = (
            Recipient::parse("Acme").expect("a name"),
            Recipient::parse("Acm").expect("a name"),
        );
        let (none, shifted) = (
            Description::parse("").expect("nothing"),
            Description::parse("e").expect("a letter"),
        );
        let (much, more) = (amount("150", "USD"), amount("150", "EUR"));
        let hashes = [
            quote_hash(&ann, &acme, much, &none),
            quote_hash(&bob, &acme, much, &none),
            quote_hash(&ann, &other, much, &shifted),
            quote_hash(&ann, &acme, more, &none),
            quote_hash(&ann, &acme, much, &shifted),
        ];
        for (at, hash) in hashes.iter().enumerate() {
            assert_eq!(hash.len(), 64);
            assert!(!hashes[at + 1..].contains(hash));
        }
        assert_eq!(hashes[0], quote_hash(&ann, &acme, much, &none));
    }
}
