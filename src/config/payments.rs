//! From which amount on a payment needs a code.

use super::reader::Reader;
use domain::{Amount, Currency};

#[derive(Debug, Clone)]
pub struct PaymentsConfig {
    /// `SALLYPORT_PAYMENT_CURRENCY`: ISO 4217, the one forms begin with. Default `USD`.
    ///
    /// `SALLYPORT_PAYMENT_THRESHOLD`: an amount in it, with a point before the decimals; from it on a payment needs a
    /// code, and so does every payment in another currency. The smallest amount there is asks for a code always.
    /// Default 100.
    pub threshold: Amount,
}

/// What `SALLYPORT_PAYMENT_THRESHOLD` is where it is not set, in whole units of the currency.
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
            let wrong = format!("`{typed}` is no amount of {currency} that could be paid");
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
