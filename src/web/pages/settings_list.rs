//! Lists of settings: the name of each setting, its state, and the link to change it.

use leptos::prelude::*;

/// The meaning of the colour of a badge. The text of the badge has the same meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Neutral,
    /// The user should do something.
    Attention,
    Bad,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "badge good",
            Self::Neutral => "badge",
            Self::Attention => "badge attention",
            Self::Bad => "badge bad",
        }
    }
}

/// Renders a state of one or two words as a badge.
#[component]
pub fn Badge(tone: Tone, text: &'static str) -> impl IntoView {
    view! { <span class=tone.class()>{text}</span> }
}

/// The link that changes a setting.
#[derive(Clone, Copy)]
pub struct SettingLink {
    pub path: &'static str,
    pub label: &'static str,
    /// Whether the label says nothing without the name of the setting, such as "Manage".
    pub needs_name: bool,
}

/// Renders one line of a list with the class `settings`.
#[component]
pub fn SettingRow(
    name: &'static str,
    /// The current value of the setting.
    detail: AnyView,
    state: Option<(Tone, &'static str)>,
    link: Option<SettingLink>,
) -> impl IntoView {
    let badge = state.map(|(tone, text)| view! { <Badge tone text /> });
    let link = link.map(|link| {
        let full_name = link.needs_name.then(|| format!("{}: {name}", link.label));
        view! { <a href=link.path aria-label=full_name>{link.label}</a> }
    });
    view! {
        <li>
            <span class="method-name">{name} " " {badge}</span>
            <span class="method-detail">{detail}</span>
            {link}
        </li>
    }
}
