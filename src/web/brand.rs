//! Page components with the name, logo, colours and texts of the operator's brand.

use std::sync::Arc;

use leptos::html::meta;
use leptos::prelude::*;

use crate::config::{BrandConfig, DARK, LIGHT};
use domain::Language;
use domain::i18n::FrameTexts;

/// Returns the configured brand of the service, for the page that is being rendered.
fn configured_brand() -> Arc<BrandConfig> {
    use_context().unwrap_or_default()
}

/// Returns the configured name of the service.
pub fn configured_service_name() -> String {
    configured_brand().name.clone()
}

/// Returns the language of the page that is being rendered.
fn page_language() -> Language {
    use_context().unwrap_or_default()
}

/// Returns the header and footer texts in the language of the page.
fn header_and_footer_texts() -> &'static FrameTexts {
    &page_language().page_texts().frame
}

/// Renders the brand's description, toolbar colours, icons and manifest in the HTML head.
#[component]
pub fn BrandHeadTags() -> impl IntoView {
    let brand = configured_brand();
    // Browsers use the first colour whose media query matches. The wide layout shows `--page` behind its cards.
    let colours = [
        (
            "(prefers-color-scheme: light) and (min-width: 30rem)",
            LIGHT.page,
        ),
        ("(prefers-color-scheme: light)", LIGHT.surface),
        (
            "(prefers-color-scheme: dark) and (min-width: 30rem)",
            DARK.page,
        ),
        ("(prefers-color-scheme: dark)", DARK.surface),
    ];
    let colours = colours.map(|(media, colour)| {
        let colour = meta().name("theme-color").content(colour.to_string());
        colour.attr("media", media)
    });
    let icon = brand.icon.as_ref();
    let (tab_icon, tab_type, touch_icon) = match icon {
        Some(file) => (file.path.clone(), file.media_type, file.path.clone()),
        None => (
            "/favicon.svg".to_owned(),
            "image/svg+xml",
            "/apple-touch-icon.png".to_owned(),
        ),
    };
    view! {
        <meta name="description" content=(header_and_footer_texts().description)(&brand.name) />
        {colours}
        <link rel="icon" href=tab_icon type=tab_type />
        <link rel="apple-touch-icon" href=touch_icon />
        <link rel="manifest" href=brand.manifest.path.clone() />
    }
}

/// Renders the link to the style sheet with the configured brand colours. The link follows the style sheet of the site.
#[component]
pub fn BrandStyle() -> impl IntoView {
    let sheet = configured_brand().style_sheet.clone();
    sheet.map(|sheet| view! { <link rel="stylesheet" href=sheet.path /> })
}

/// Renders the configured logo, or the default logo with the name of the service.
#[component]
pub fn BrandMark() -> impl IntoView {
    let brand = configured_brand();
    let name = brand.name.clone();
    match &brand.logo {
        Some(logo) => {
            let dark = brand.logo_dark.as_ref().map(|dark| {
                let path = dark.path.clone();
                view! { <source srcset=path media="(prefers-color-scheme: dark)" /> }
            });
            view! {
                <picture>
                    {dark}
                    <img src=logo.path.clone() alt=name />
                </picture>
            }
            .into_any()
        }
        None => view! {
            <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M2 15V8a6 6 0 0 1 12 0v7" fill="none" stroke="currentColor" stroke-width="2" />
                <path d="M5 15V8a3 3 0 0 1 6 0v7z" fill="currentColor" />
            </svg>
            <span>{name}</span>
        }
        .into_any(),
    }
}

/// Returns the operator's text above the sign-in form, in the language of the page; `None` if no text is configured.
pub fn brand_text_above_sign_in_form() -> Option<String> {
    configured_brand()
        .sign_in_text
        .text_in_language(page_language())
        .map(str::to_owned)
}

/// Renders the operator's text and links in the page footer.
#[component]
pub fn BrandFooter() -> impl IntoView {
    let (brand, texts) = (configured_brand(), header_and_footer_texts());
    let text = brand
        .footer_text
        .text_in_language(page_language())
        .map(str::to_owned);
    let links = &brand.links;
    let links: Vec<_> = [
        (texts.support, &links.support),
        (texts.imprint, &links.imprint),
        (texts.privacy, &links.privacy),
        (texts.terms, &links.terms),
    ]
    .into_iter()
    .filter_map(|(label, link)| {
        let link = link.clone()?;
        Some(view! { <a href=link>{label}</a> })
    })
    .collect();
    let links = (!links.is_empty()).then(|| view! { <nav aria-label=texts.links>{links}</nav> });
    view! {
        {text.map(|text| view! { <p>{text}</p> })}
        {links}
    }
}
