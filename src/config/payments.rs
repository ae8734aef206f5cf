//! Settings of payments: the amounts and counts from which a payment needs a code.

use super::reader::SettingsReader;
use domain::{Amount, Currency};

/// Settings that decide which payments must be confirmed with a code.
#[derive(Debug, Clone)]
pub struct PaymentsConfig {
    /// `SALLYPORT_PAYMENT_THRESHOLD` in `SALLYPORT_PAYMENT_CURRENCY`. Payments of this amount and more need a code, and
    /// so does every payment in another currency.
    pub threshold: Amount,
    /// `SALLYPORT_PAYMENT_CUMULATIVE_COUNT`: maximum number of payments without a code since the account last entered a
    /// second factor.
    pub cumulative_count: u32,
    /// `SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT`: maximum sum of these payments, in `SALLYPORT_PAYMENT_CURRENCY`.
    pub cumulative_amount: Amount,
}

/// The default of `SALLYPORT_PAYMENT_THRESHOLD`, in whole units of the currency.
const DEFAULT_THRESHOLD: &str = "100";

impl PaymentsConfig {
    /// Reads the payment settings.
    pub(super) fn read_payment_settings(reader: &mut SettingsReader) -> Self {
        let hint = "set an ISO 4217 code, such as EUR";
        let currency: Option<Currency> = reader.read_parsed("SALLYPORT_PAYMENT_CURRENCY", hint);
        let currency = currency.unwrap_or(Currency::USD);
        let hundred =
            Amount::parse(DEFAULT_THRESHOLD, currency).unwrap_or(Amount::smallest_amount(currency));
        let threshold = read_payment_amount(reader, "SALLYPORT_PAYMENT_THRESHOLD", hundred);
        let larger = if threshold.minor_units() > hundred.minor_units() {
            threshold
        } else {
            hundred
        };
        Self {
            threshold,
            cumulative_count: reader.read_number(
                "SALLYPORT_PAYMENT_CUMULATIVE_COUNT",
                5,
                0..=1_000,
            ),
            cumulative_amount: read_payment_amount(
                reader,
                "SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT",
                larger,
            ),
        }
    }
}

/// Reads an amount of money from the setting `name`.
fn read_payment_amount(reader: &mut SettingsReader, name: &'static str, default: Amount) -> Amount {
    let Some(typed) = reader.read_text(name) else {
        return default;
    };
    let currency = default.currency();
    Amount::parse(&typed, currency).unwrap_or_else(|_| {
        let problem = format!("`{typed}` is not a payable amount of {currency}");
        let remedy = format!("set one, or remove it for {}", default.to_decimal());
        reader.report_setting_error(name, problem, remedy);
        Amount::smallest_amount(currency)
    })
}
