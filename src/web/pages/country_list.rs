//! The list of countries beside a phone field.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::http::html::escape_html;
use crate::http::site::PHONE_FIELD_SCRIPT;
use crate::security::phone_countries::PhoneCountry;
use crate::security::phone_rules::PhoneRules;
use crate::security::typed_number::TypedNumber;
use crate::web::request::WebState;
use crate::web::shell::page_texts;

/// Content of the country list above a phone field. The default value has no country, for a page without a phone field.
#[derive(Clone, Default)]
pub struct CountryChoice {
    /// The options as HTML.
    options: String,
    /// Whether there is a choice.
    is_shown: bool,
    /// The URL of the script that adds the names and groups the digits. Without it the list has codes only.
    script: Option<String>,
}

impl CountryChoice {
    /// Creates the content of the country list above a phone field. `typed` contains the submitted number and country.
    pub fn new(rules: &PhoneRules, typed: TypedNumber<'_>) -> Self {
        let countries = rules.list_countries();
        Self {
            options: format_country_options_html(
                countries,
                &typed.choose_country_to_preselect(rules),
            ),
            is_shown: countries.len() > 1,
            script: None,
        }
    }

    /// Creates the content of the country list above a phone field, with the URL of its script.
    ///
    /// The list offers the countries that the phone rules of this server allow.
    pub fn with_phone_rules_of_server(shared: &WebState, typed: TypedNumber<'_>) -> Self {
        Self {
            script: Some(shared.site.url_of_root_file(PHONE_FIELD_SCRIPT)),
            ..Self::new(&shared.app.phone_rules, typed)
        }
    }
}

/// Formats the country options as HTML text.
///
/// A Leptos view would be larger, because it adds a marker to each option of the uncompressed page.
fn format_country_options_html(countries: &[PhoneCountry], selected: &str) -> String {
    let option = |country: &PhoneCountry| {
        let PhoneCountry {
            code, calling_code, ..
        } = country;
        let pattern = country.pattern.as_deref().map_or_else(String::new, |text| {
            format!(" data-mask=\"{}\"", escape_html(text))
        });
        let main = if country.is_main { " data-main" } else { "" };
        let selected = if *code == selected { " selected" } else { "" };
        format!("<option value={code}{pattern}{main}{selected}>{code} +{calling_code}")
    };
    countries.iter().map(option).collect()
}

/// Drop-down list "Country" above a phone field; hidden if only one country is allowed.
#[component]
pub fn CountryField(
    choice: CountryChoice,
    /// Whether the island with the phone field renders a hint.
    #[prop(optional)]
    has_hint: bool,
    /// Hint above the number that the server renders, so that the hint adds nothing to the WASM.
    #[prop(optional)]
    hint: Option<&'static str>,
) -> impl IntoView {
    let CountryChoice {
        options,
        is_shown,
        script,
    } = choice;
    let label = is_shown.then(|| {
        view! { <label for="country" class="visually-hidden">{page_texts().phone.country}</label> }
    });
    let describing_ids = if has_hint || hint.is_some() {
        "phone-hint phone-error"
    } else {
        "phone-error"
    };
    view! {
        {label}
        <select
            id="country"
            name="country"
            autocomplete="country"
            hidden=!is_shown
            aria-describedby=describing_ids
            inner_html=options
        ></select>
        {hint.map(|hint| view! { <p class="hint" id="phone-hint">{hint}</p> })}
        {script.map(|script| view! { <script src=script nonce=use_nonce() defer></script> })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create_country_choice(allowed: Option<&[&str]>, typed: TypedNumber<'_>) -> CountryChoice {
        let rules = PhoneRules::new("US", allowed).expect("valid countries");
        CountryChoice::new(&rules, typed)
    }

    #[test]
    fn country_options_are_the_allowed_countries_with_number_patterns() {
        let typed = TypedNumber::from_number_without_country("");
        let choice = create_country_choice(Some(&["US", "CA", "DE"]), typed);
        assert!(choice.is_shown);
        assert_eq!(
            choice.options,
            "<option value=CA data-mask=\"(###) ###-####\">CA +1\
             <option value=DE data-mask=\"0#### #######\">DE +49\
             <option value=US data-mask=\"(###) ###-####\" data-main selected>US +1"
        );
    }

    #[test]
    fn all_countries_are_listed_if_no_allowed_countries_are_configured() {
        let typed = TypedNumber {
            number: "0151 23456789",
            country: "DE",
        };
        let choice = create_country_choice(None, typed);
        assert!(choice.options.matches("<option ").count() > 200);
        assert!(choice.options.contains(" selected>DE +49"));
        assert_eq!(choice.options.matches(" selected").count(), 1);
    }

    #[test]
    fn country_field_is_hidden_if_only_one_country_is_allowed() {
        let choice =
            create_country_choice(Some(&["US"]), TypedNumber::from_number_without_country(""));
        assert!(!choice.is_shown);
        assert!(choice.options.ends_with(" selected>US +1"));
    }
}
