//! Lists of settings: the name of each setting, its state, and the link to change it.

use leptos::prelude::*;

/// Colour of a status badge, named by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Neutral,
    /// The user should do something.
    Attention,
    Bad,
}

impl Tone {
    /// Returns the CSS class of the badge colour.
    const fn badge_css_class(self) -> &'static str {
        match self {
            Self::Good => "badge good",
            Self::Neutral => "badge",
            Self::Attention => "badge attention",
            Self::Bad => "badge bad",
        }
    }
}

/// Status badge with one or two words.
#[component]
pub fn StatusBadge(tone: Tone, text: &'static str) -> impl IntoView {
    view! { <span class=tone.badge_css_class()>{text}</span> }
}

/// Link to the page that changes a setting.
#[derive(Clone, Copy)]
pub struct SettingLink {
    pub path: &'static str,
    pub label: &'static str,
    /// Whether screen readers need the name of the setting after the label, such as "Manage".
    pub needs_name: bool,
}

/// Row in a list of settings: name, status badge, value, and link to change it.
#[component]
pub fn SettingRow(
    name: &'static str,
    /// The current value of the setting.
    detail: AnyView,
    state: Option<(Tone, &'static str)>,
    link: Option<SettingLink>,
) -> impl IntoView {
    let badge = state.map(|(tone, text)| view! { <StatusBadge tone text /> });
    let link = link.map(|link| {
        let full_name = link.needs_name.then(|| format!("{}: {name}", link.label));
        view! { <a href=link.path aria-label=full_name>{link.label}</a> }
    });
    view! {
        <li>
            <div class="setting">
                <span class="method-name">{name} " " {badge}</span>
                <span class="method-detail">{detail}</span>
            </div>
            {link}
        </li>
    }
}
