//! Payment execution: the trait [`Processor`], with the built-in [`Ledger`] as the default.
//!
//! One commit confirms a payment and another executes it. Between them, the processor may fail, or its response may be
//! lost. The idempotency key makes the payment happen exactly once. It is the ID of the payment, the same in every call
//! of the processor (docs/security.md#pay-04).

mod ledger;

use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

pub use self::ledger::Ledger;
use crate::security::token::{AccountId, BucketKey, TransactionId};
use crate::store::payments::PaymentsWithoutCode;
use domain::{Amount, Description, PaymentId, Recipient, Timestamp};

/// The payment settings: which payments need a code, and the processor that executes payments.
pub struct Payments {
    /// The smallest amount that needs a code. A payment in another currency always needs one, because the server has no
    /// exchange rates.
    pub threshold: Amount,
    /// The limits on payments without a code since the account last entered a second factor.
    pub without_code: CumulativeLimit,
    pub processor: Arc<dyn Processor>,
    /// Keys from which the flow tokens of payments are derived: the current key, then the keys used before rotations.
    pub flow_token_keys: Vec<[u8; 32]>,
}

/// The maximum number and the maximum sum of payments without a code since the account's second factor was last used,
/// including the new payment.
///
/// Follows Article 16 of the regulatory technical standards of PSD2 (<https://eur-lex.europa.eu/eli/reg_del/2018/389>).
#[derive(Clone, Copy, Debug)]
pub struct CumulativeLimit {
    pub max_count: u32,
    pub max_sum: Amount,
}

impl Payments {
    /// Returns whether every payment of this amount needs a code, even the first one.
    pub fn does_amount_need_code(&self, amount: Amount) -> bool {
        amount.currency() != self.threshold.currency()
            || amount.minor_units() >= self.threshold.minor_units()
    }

    /// Returns whether a payment of this amount needs a code after the account's earlier payments without a code.
    pub fn does_amount_need_code_after_earlier_payments(
        &self,
        earlier: PaymentsWithoutCode,
        amount: Amount,
    ) -> bool {
        let CumulativeLimit { max_count, max_sum } = self.without_code;
        self.does_amount_need_code(amount)
            || earlier.count >= i64::from(max_count)
            || earlier.sum_minor.saturating_add(amount.minor_units()) > max_sum.minor_units()
    }
}

/// A payment order for the payment processor, exactly as the payer confirmed it.
#[derive(Clone, Debug)]
pub struct PaymentOrder {
    /// The idempotency key. The processor executes at most one order with this key.
    pub key: PaymentId,
    pub account: AccountId,
    pub recipient: Recipient,
    pub amount: Amount,
    pub description: Description,
    /// The time of this call of the processor.
    pub at: Timestamp,
}

/// The final result of a payment order, as the payment processor reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecutionResult {
    Executed(TransactionId),
    /// The processor has refused the order and will never execute it.
    Declined,
}

/// Error of a payment processor call without a result.
///
/// The payment may have been executed, so the caller repeats the call with the same idempotency key.
#[derive(Debug, thiserror::Error)]
#[error(
    "the payment processor returned no result; the call is repeated with the same idempotency key"
)]
pub struct NoProcessorResult(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A payment processor: the service that moves the money.
#[async_trait]
pub trait Processor: Send + Sync {
    /// Executes a payment order once. If an order with the same key was executed before, returns the earlier result.
    ///
    /// The server calls it again after [`NoProcessorResult`] and after a crash, possibly from several nodes at once.
    async fn execute_payment_order(
        &self,
        order: &PaymentOrder,
    ) -> Result<ExecutionResult, NoProcessorResult>;
}

/// Hashes the details of a payment: account, recipient, amount and description.
///
/// Returns 64 hexadecimal digits (SHA-256).
pub fn hash_payment_details(
    account: &AccountId,
    recipient: &Recipient,
    amount: Amount,
    description: &Description,
) -> String {
    hash_text_list(&[
        account.as_str(),
        recipient.as_str(),
        &amount.to_string(),
        description.as_str(),
    ])
}

/// Hashes the idempotency key of a payment request together with the payment details.
///
/// A repeated request for the same payment has the same hash. `payment_hash` is the result of [`hash_payment_details`].
/// The payment of an erased account keeps the hash. It is keyed with `secret_key` (HMAC-SHA-256), which the database
/// contains only encrypted, so a copy of the database does not permit guesses of the recipient.
pub fn hash_payment_request(
    idempotency_key: &str,
    payment_hash: &str,
    secret_key: &[u8],
) -> String {
    let request = hash_text_list(&[idempotency_key, payment_hash]);
    let hash = BucketKey::new("payment-request", &request, secret_key);
    hash.as_str().to_owned()
}

/// Hashes a list of strings with SHA-256.
///
/// Returns 64 hexadecimal digits. Includes the length of each string, so that different lists have different hashes.
fn hash_text_list(texts: &[&str]) -> String {
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

    /// Parses the amount `typed` in the currency with this ISO 4217 code.
    fn parse_test_amount(typed: &str, currency_code: &str) -> Amount {
        Amount::parse(typed, currency_code.parse().expect("a currency")).expect("an amount")
    }

    /// Creates payment settings in which payments of `threshold` or more need a code.
    fn payments_with_code_threshold(threshold: Amount) -> Payments {
        struct DecliningProcessor;

        #[async_trait]
        impl Processor for DecliningProcessor {
            async fn execute_payment_order(
                &self,
                _: &PaymentOrder,
            ) -> Result<ExecutionResult, NoProcessorResult> {
                Ok(ExecutionResult::Declined)
            }
        }

        Payments {
            threshold,
            without_code: CumulativeLimit {
                max_count: 5,
                max_sum: threshold,
            },
            processor: Arc::new(DecliningProcessor),
            flow_token_keys: Vec::new(),
        }
    }

    #[test]
    fn payment_at_or_above_the_threshold_or_in_another_currency_needs_a_code() {
        let payments = payments_with_code_threshold(parse_test_amount("100", "USD"));
        for (typed, code, needed) in [
            ("0.01", "USD", false),
            ("99.99", "USD", false),
            ("100.00", "USD", true),
            ("100.01", "USD", true),
            ("0.01", "EUR", true),
            ("1", "JPY", true),
        ] {
            assert_eq!(
                payments.does_amount_need_code(parse_test_amount(typed, code)),
                needed,
                "{typed}"
            );
        }
    }

    #[test]
    fn payment_after_five_payments_or_above_the_maximum_sum_needs_a_code() {
        let payments = payments_with_code_threshold(parse_test_amount("100", "USD"));
        for (count, sum_minor, typed, needed) in [
            (0, 0, "99.99", false),
            (4, 4_000, "60.00", false),
            (4, 4_000, "60.01", true),
            (5, 5, "0.01", true),
            (1, 9_999, "0.01", false),
            (1, 9_999, "0.02", true),
            (i64::MAX, i64::MAX, "1", true),
        ] {
            let earlier = PaymentsWithoutCode { count, sum_minor };
            let amount = parse_test_amount(typed, "USD");
            assert_eq!(
                payments.does_amount_need_code_after_earlier_payments(earlier, amount),
                needed,
                "{typed}"
            );
        }
    }

    /// The hash of a payment must change with each detail of the payment (docs/security.md#pay-02).
    #[test]
    fn payment_hash_depends_on_account_recipient_amount_and_description() {
        let (ann, bob) = (AccountId::generate(), AccountId::generate());
        let (acme, other) = (
            Recipient::parse("Acme").expect("a name"),
            Recipient::parse("Acm").expect("a name"),
        );
        let (none, shifted) = (
            Description::parse("").expect("empty description is valid"),
            Description::parse("e").expect("one letter is valid"),
        );
        let (much, more) = (
            parse_test_amount("150", "USD"),
            parse_test_amount("150", "EUR"),
        );
        let hashes = [
            hash_payment_details(&ann, &acme, much, &none),
            hash_payment_details(&bob, &acme, much, &none),
            hash_payment_details(&ann, &other, much, &shifted),
            hash_payment_details(&ann, &acme, more, &none),
            hash_payment_details(&ann, &acme, much, &shifted),
        ];
        for (at, hash) in hashes.iter().enumerate() {
            assert_eq!(hash.len(), 64);
            assert!(!hashes[at + 1..].contains(hash));
        }
        assert_eq!(hashes[0], hash_payment_details(&ann, &acme, much, &none));
    }

    /// A client may send a short idempotency key, so only the secret key protects the payment details in the hash.
    #[test]
    fn hash_of_a_payment_request_depends_on_idempotency_key_payment_and_secret_key() {
        let one = hash_payment_request("2f4d6a0e", "payment 1", b"secret");
        assert_eq!(
            one,
            hash_payment_request("2f4d6a0e", "payment 1", b"secret")
        );
        for other in [
            hash_payment_request("2f4d6a0f", "payment 1", b"secret"),
            hash_payment_request("2f4d6a0e", "payment 2", b"secret"),
            hash_payment_request("2f4d6a0e", "payment 1", b"another secret"),
        ] {
            assert_ne!(one, other);
        }
    }
}
