//! Form field with the list of currencies for a new payment.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::http::html::escape_html;
use crate::web::shell::page_texts;
use domain::Currency;

/// Content of the field "Currency": the currencies at the top of the list, and the selected currency.
#[derive(Clone)]
pub struct CurrencyChoice {
    /// The currencies that the list shows first, each once.
    frequent: Vec<Currency>,
    /// The code of the currency that is selected.
    selected: String,
}

impl CurrencyChoice {
    /// Creates the content of the currency field.
    ///
    /// The default and the selected currency come first, then common currencies and those of earlier payments.
    /// `selected_code` is the code of the selected currency; empty for the default currency.
    pub fn new(
        default_currency: Currency,
        of_earlier_payments: &[Currency],
        selected_code: &str,
    ) -> Self {
        let selected = if selected_code.is_empty() {
            default_currency.code()
        } else {
            selected_code
        };
        let first = [default_currency.code(), selected].into_iter();
        let earlier = of_earlier_payments.iter().map(|currency| currency.code());
        let mut frequent = Vec::new();
        for code in first.chain(Currency::COMMON).chain(earlier) {
            // A currency of an earlier payment may be out of use.
            if let Ok(currency) = code.parse()
                && !frequent.contains(&currency)
            {
                frequent.push(currency);
            }
        }
        Self {
            frequent,
            selected: selected.to_owned(),
        }
    }

    /// Formats the currency options as HTML text.
    ///
    /// A Leptos view would be larger, because it adds markers to each option of the uncompressed page.
    fn into_currency_options_html(self) -> String {
        let labels = &page_texts().shared.labels;
        let mut others = Currency::list_currencies_in_use();
        others.retain(|currency| !self.frequent.contains(currency));
        let option = |currency: Currency| {
            let code = currency.code();
            let is_selected = self.selected.eq_ignore_ascii_case(code);
            let selected = if is_selected { " selected" } else { "" };
            format!("<option value=\"{code}\"{selected}>{code}")
        };
        let frequent: Vec<String> = self.frequent.iter().copied().map(option).collect();
        let others: Vec<String> = others
            .into_iter()
            .map(|currency| format!("<option>{currency}"))
            .collect();
        let (frequent, others) = (frequent.concat(), others.concat());
        format!(
            "<optgroup label=\"{}\">{frequent}<optgroup label=\"{}\">{others}",
            escape_html(labels.common_currencies),
            escape_html(labels.other_currencies)
        )
    }
}

/// Form field "Currency": a list in which the user can type a currency code. A script adds the currency names.
#[component]
pub fn CurrencyField(
    choice: CurrencyChoice,
    /// Whether the currency that was sent is unknown.
    is_invalid: bool,
    /// The URL of the script that adds the names. Without it the list has codes only.
    script: Option<String>,
) -> impl IntoView {
    view! {
        <label for="currency">{page_texts().shared.labels.currency}</label>
        <select
            id="currency"
            name="currency"
            autocomplete="transaction-currency"
            aria-invalid=is_invalid.then_some("true")
            aria-describedby="currency-error"
            inner_html=choice.into_currency_options_html()
        ></select>
        {script.map(|script| view! { <script src=script nonce=use_nonce() defer></script> })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the codes of the frequent currencies, which the list shows above all others.
    fn list_frequent_currency_codes(
        configured: &str,
        earlier: &[&str],
        selected: &str,
    ) -> Vec<&'static str> {
        let configured = configured.parse().expect("a currency");
        let stored = |code: &&str| Currency::from_stored(code).expect("a currency");
        let earlier: Vec<_> = earlier.iter().map(stored).collect();
        let choice = CurrencyChoice::new(configured, &earlier, selected);
        choice.frequent.into_iter().map(Currency::code).collect()
    }

    #[test]
    fn frequent_currencies_are_listed_once_and_only_if_in_use() {
        assert_eq!(
            list_frequent_currency_codes("USD", &[], ""),
            ["USD", "EUR", "GBP"]
        );
        assert_eq!(
            list_frequent_currency_codes("CHF", &["JPY", "EUR", "HRK", "JPY"], "sek"),
            ["CHF", "SEK", "USD", "EUR", "GBP", "JPY"]
        );
        assert_eq!(
            list_frequent_currency_codes("USD", &[], "<b>"),
            ["USD", "EUR", "GBP"]
        );
    }
}
