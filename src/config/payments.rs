//! The amount from which a payment needs a code.

use super::reader::Reader;
use domain::{Amount, Currency};

/// The rule for when a payment needs a code.
#[derive(Debug, Clone)]
pub struct PaymentsConfig {
    /// `SALLYPORT_PAYMENT_THRESHOLD` in `SALLYPORT_PAYMENT_CURRENCY`. Payments of this amount and more need a code, and
    /// so does every payment in another currency.
    pub threshold: Amount,
}

/// Default of `SALLYPORT_PAYMENT_THRESHOLD`, in whole units of the currency.
const THRESHOLD: &str = "100";

impl PaymentsConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        const NAME: &str = "SALLYPORT_PAYMENT_THRESHOLD";
        let hint = "set an ISO 4217 code, such as EUR";
        let currency: Option<Currency> = read.parse("SALLYPORT_PAYMENT_CURRENCY", hint);
        let currency = currency.unwrap_or(Currency::USD);
        let parsed = |text: &str| Amount::parse(text, currency);
        let typed = read.text(NAME);
        let threshold = parsed(typed.as_deref().unwrap_or(THRESHOLD)).unwrap_or_else(|_| {
            let typed = typed.as_deref().unwrap_or_default();
            let wrong = format!("`{typed}` is not a payable amount of {currency}");
            read.fault(
                NAME,
                wrong,
                format!("set one, or remove it for {THRESHOLD}"),
            );
            Amount::smallest(currency)
        });
        Self { threshold }
    }
}
