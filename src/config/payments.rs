//! The amount from which a payment needs a code.

use super::reader::Reader;
use domain::{Amount, Currency};

/// The rule for when a payment needs a code.
#[derive(Debug, Clone)]
pub struct PaymentsConfig {
    /// `SALLYPORT_PAYMENT_THRESHOLD` in `SALLYPORT_PAYMENT_CURRENCY`. Payments of this amount and more need a code, and
    /// so does every payment in another currency.
    pub threshold: Amount,
    /// `SALLYPORT_PAYMENT_CUMULATIVE_COUNT`: payments without a code since the last factor of an account.
    pub cumulative_count: u32,
    /// `SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT`: the sum of these payments, in `SALLYPORT_PAYMENT_CURRENCY`.
    pub cumulative_amount: Amount,
}

/// Default of `SALLYPORT_PAYMENT_THRESHOLD`, in whole units of the currency.
const HUNDRED: &str = "100";

impl PaymentsConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        let hint = "set an ISO 4217 code, such as EUR";
        let currency: Option<Currency> = read.parse("SALLYPORT_PAYMENT_CURRENCY", hint);
        let currency = currency.unwrap_or(Currency::USD);
        let hundred = Amount::parse(HUNDRED, currency).unwrap_or(Amount::smallest(currency));
        let threshold = amount(read, "SALLYPORT_PAYMENT_THRESHOLD", hundred);
        let larger = if threshold.minor() > hundred.minor() {
            threshold
        } else {
            hundred
        };
        Self {
            threshold,
            cumulative_count: read.number("SALLYPORT_PAYMENT_CUMULATIVE_COUNT", 5, 0..=1_000),
            cumulative_amount: amount(read, "SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT", larger),
        }
    }
}

fn amount(read: &mut Reader, name: &'static str, default: Amount) -> Amount {
    let Some(typed) = read.text(name) else {
        return default;
    };
    let currency = default.currency();
    Amount::parse(&typed, currency).unwrap_or_else(|_| {
        let wrong = format!("`{typed}` is not a payable amount of {currency}");
        let remedy = format!("set one, or remove it for {}", default.decimal());
        read.fault(name, wrong, remedy);
        Amount::smallest(currency)
    })
}
