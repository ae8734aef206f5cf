//! List of all sample pages in the gallery.

use leptos::prelude::*;

use super::table::{GALLERY, SECTIONS};
use domain::Language;

/// Renders the list of all sample pages, with links to them in `language`.
///
/// The list is in English, because only developers see it.
pub fn render_gallery_index(language: Language) -> impl IntoView {
    let languages = Language::ALL
        .into_iter()
        .map(|choice| {
            let tag = choice.language_tag();
            let here = (choice == language).then_some("true");
            view! {
                <a href=format!("{GALLERY}?lang={tag}") lang=tag aria-current=here>
                    {choice.name()}
                </a>
            }
        })
        .collect_view();
    let sections = SECTIONS
        .iter()
        .map(|section| {
            let entries = section
                .entries
                .iter()
                .map(|entry| {
                    let link = format!("{GALLERY}/{}?lang={}", entry.name, language.language_tag());
                    view! {
                        <li>
                            <a href=link target="_blank" data-entry=entry.name data-path=entry.path>
                                {entry.state}
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <section class="card">
                    <h2>{section.title}</h2>
                    <ul class="effects">{entries}</ul>
                </section>
            }
        })
        .collect_view();
    view! {
        <section class="card">
            <h1>"Gallery"</h1>
            <p>
                "Every page in every state, with sample data. The browser chooses between light and dark colours. \
                 A production server does not have this page."
            </p>
            <p>
                "The islands run. They can neither call the server nor send a form: the content security policy of an \
                 entry refuses that, and the console of the browser says so. Links work."
            </p>
            <nav class="actions" aria-label="Language">
                {languages}
            </nav>
        </section>
        {sections}
    }
}
