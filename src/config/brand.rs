//! The operator's brand: name, images, accent colours, links and texts that users see.

use std::fmt::Write as _;
use std::path::Path;

use super::brand_colours::{Colour, DARK, LIGHT, Palette, Theme};
use super::brand_files::{BrandFile, build_web_app_manifest, read_brand_icon, read_brand_logos};
use super::reader::SettingsReader;
use super::settings::Mode;
use domain::Language;
use domain::i18n::{MAX_SENDER_CHARS, is_valid_sms_sender};
use domain::typed_text::is_invisible;

const DEFAULT_NAME: &str = "Sallyport";
const LONGEST_NAME: usize = 40;
const LONGEST_TEXT: usize = 300;

/// The operator's brand: name, images, colours, links and texts that users see.
#[derive(Debug, Clone)]
pub struct BrandConfig {
    /// `SALLYPORT_BRAND_NAME`. Has no colon, because authenticator apps separate issuer and account by one.
    pub name: String,
    /// `SALLYPORT_BRAND_SMS_NAME`: the beginning of notifications by SMS.
    pub sms_name: String,
    /// `SALLYPORT_BRAND_LOGO`: the picture in the header.
    pub logo: Option<BrandFile>,
    /// `SALLYPORT_BRAND_LOGO_DARK`: the logo in the dark theme. `None` without a logo, or if both themes show the same.
    pub logo_dark: Option<BrandFile>,
    /// `SALLYPORT_BRAND_ICON`: the picture of browser tabs and home screens.
    pub icon: Option<BrandFile>,
    /// The colours for the light theme, from `SALLYPORT_BRAND_ACCENT_LIGHT`.
    pub light: Option<Palette>,
    /// The colours for the dark theme, from `SALLYPORT_BRAND_ACCENT_DARK` or derived from the light accent.
    pub dark: Option<Palette>,
    /// The style sheet with the configured colours.
    pub style_sheet: Option<BrandFile>,
    /// The web app manifest (<https://www.w3.org/TR/appmanifest/>).
    pub manifest: BrandFile,
    pub links: BrandLinks,
    /// `SALLYPORT_BRAND_SIGN_IN_TEXT_*`: the text in the card of the sign-in form.
    pub sign_in_text: BrandText,
    /// `SALLYPORT_BRAND_FOOTER_TEXT_*`: the text at the foot of each page.
    pub footer_text: BrandText,
}

/// Links in the footer of each page: URLs, URL paths of this site, or a `mailto:` address for support.
#[derive(Debug, Clone, Default)]
pub struct BrandLinks {
    pub support: Option<String>,
    pub imprint: Option<String>,
    pub privacy: Option<String>,
    pub terms: Option<String>,
}

/// A text written by the operator for a page, in each language for which it is set.
#[derive(Debug, Clone, Default)]
pub struct BrandText(Vec<(Language, String)>);

impl BrandText {
    /// Returns the operator's text in this language; `None` if it is not set.
    pub fn text_in_language(&self, language: Language) -> Option<&str> {
        let found = self.0.iter().find(|(of, _)| *of == language);
        found.map(|(_, text)| text.as_str())
    }
}

impl Default for BrandConfig {
    fn default() -> Self {
        Self {
            name: DEFAULT_NAME.to_owned(),
            sms_name: DEFAULT_NAME.to_owned(),
            logo: None,
            logo_dark: None,
            icon: None,
            light: None,
            dark: None,
            style_sheet: None,
            manifest: build_web_app_manifest(DEFAULT_NAME, None),
            links: BrandLinks::default(),
            sign_in_text: BrandText::default(),
            footer_text: BrandText::default(),
        }
    }
}

impl BrandConfig {
    /// Reads the brand settings and loads the image files that they name. Relative paths start at `cwd`.
    pub(super) fn read_brand_settings(reader: &mut SettingsReader, mode: Mode, cwd: &Path) -> Self {
        let name = read_brand_name(reader);
        let icon = read_brand_icon(reader, cwd);
        let (logo, logo_dark) = read_brand_logos(reader, cwd);
        let (light, dark) = read_accent_colours(reader);
        Self {
            sms_name: read_brand_sms_name(reader, &name),
            logo,
            logo_dark,
            style_sheet: build_accent_style_sheet(light.as_ref(), dark.as_ref()),
            manifest: build_web_app_manifest(&name, icon.as_ref()),
            name,
            icon,
            light,
            dark,
            links: BrandLinks::read_footer_links(reader, mode),
            sign_in_text: read_brand_text(reader, |language| match language {
                Language::English => "SALLYPORT_BRAND_SIGN_IN_TEXT_EN",
                Language::German => "SALLYPORT_BRAND_SIGN_IN_TEXT_DE",
                Language::French => "SALLYPORT_BRAND_SIGN_IN_TEXT_FR",
                Language::Spanish => "SALLYPORT_BRAND_SIGN_IN_TEXT_ES",
                Language::Portuguese => "SALLYPORT_BRAND_SIGN_IN_TEXT_PT_BR",
                Language::Polish => "SALLYPORT_BRAND_SIGN_IN_TEXT_PL",
            }),
            footer_text: read_brand_text(reader, |language| match language {
                Language::English => "SALLYPORT_BRAND_FOOTER_TEXT_EN",
                Language::German => "SALLYPORT_BRAND_FOOTER_TEXT_DE",
                Language::French => "SALLYPORT_BRAND_FOOTER_TEXT_FR",
                Language::Spanish => "SALLYPORT_BRAND_FOOTER_TEXT_ES",
                Language::Portuguese => "SALLYPORT_BRAND_FOOTER_TEXT_PT_BR",
                Language::Polish => "SALLYPORT_BRAND_FOOTER_TEXT_PL",
            }),
        }
    }

    /// Returns whether the brand has the default name `Sallyport`.
    pub fn has_default_brand_name(&self) -> bool {
        self.name == DEFAULT_NAME
    }

    /// Lists the brand files that the server serves: logos, icon, style sheet and web app manifest.
    pub fn list_brand_files(&self) -> impl Iterator<Item = &BrandFile> {
        let optional = [&self.logo, &self.logo_dark, &self.icon, &self.style_sheet];
        let optional = optional.into_iter().flatten();
        optional.chain([&self.manifest])
    }

    /// Converts the brand name to lower-case ASCII letters, digits and hyphens, for the names of downloaded files.
    pub fn download_file_stem(&self) -> String {
        let mut stem = String::new();
        for character in self.name.chars().flat_map(char::to_lowercase) {
            if character.is_ascii_alphanumeric() {
                stem.push(character);
            } else if !stem.is_empty() && !stem.ends_with('-') {
                stem.push('-');
            }
        }
        let stem = stem.trim_end_matches('-');
        if stem.is_empty() { "account" } else { stem }.to_owned()
    }
}

impl BrandLinks {
    /// Reads the footer links.
    fn read_footer_links(reader: &mut SettingsReader, mode: Mode) -> Self {
        let mut legal_page = |name| read_link_setting(reader, name, &["/", "https://"], mode);
        Self {
            imprint: legal_page("SALLYPORT_BRAND_IMPRINT_URL"),
            privacy: legal_page("SALLYPORT_BRAND_PRIVACY_URL"),
            terms: legal_page("SALLYPORT_BRAND_TERMS_URL"),
            support: read_link_setting(
                reader,
                "SALLYPORT_BRAND_SUPPORT_URL",
                &["/", "https://", "mailto:"],
                mode,
            ),
        }
    }
}

/// Builds the style sheet that overrides the default accent colours. Returns `None` if no accent colour is
/// configured.
fn build_accent_style_sheet(light: Option<&Palette>, dark: Option<&Palette>) -> Option<BrandFile> {
    let mut css = String::new();
    if let Some(light) = light {
        // Writing to a `String` cannot fail.
        let _ = write!(css, ":root{{{}}}", light.css_declarations());
    }
    if let Some(dark) = dark {
        let declarations = dark.css_declarations();
        let _ = write!(
            css,
            "@media (prefers-color-scheme:dark){{:root{{{declarations}}}}}"
        );
    }
    let media_type = "text/css; charset=utf-8";
    (!css.is_empty())
        .then(|| BrandFile::with_content_hash_in_path("style", "css", media_type, css.into_bytes()))
}

/// Returns whether a text contains an invisible character, such as a line break.
///
/// A change of the writing direction is one too.
fn has_hidden_character(text: &str) -> bool {
    let line_end = ['\u{2028}', '\u{2029}'];
    text.chars()
        .any(|c| c.is_control() || is_invisible(c) || line_end.contains(&c))
}

/// Reads the brand name. Reports an error if it is too long or has unusable characters.
fn read_brand_name(reader: &mut SettingsReader) -> String {
    const NAME: &str = "SALLYPORT_BRAND_NAME";
    let Some(name) = reader.read_text(NAME) else {
        return DEFAULT_NAME.to_owned();
    };
    let length = name.chars().count();
    let problem = if length > LONGEST_NAME {
        format!("has {length} characters, and at most {LONGEST_NAME} are permitted")
    } else if has_hidden_character(&name) {
        "has control characters or invisible characters".to_owned()
    } else if name.contains(':') {
        "has a colon, which authenticator apps cannot show in a name".to_owned()
    } else {
        return name;
    };
    reader.report_setting_error(
        NAME,
        problem,
        "set the name of your service, such as Acme Bank",
    );
    DEFAULT_NAME.to_owned()
}

/// Reads the name with which SMS notifications begin. The default is `brand_name`.
fn read_brand_sms_name(reader: &mut SettingsReader, brand_name: &str) -> String {
    const NAME: &str = "SALLYPORT_BRAND_SMS_NAME";
    let sms_name = reader
        .read_text(NAME)
        .unwrap_or_else(|| brand_name.to_owned());
    if !is_valid_sms_sender(&sms_name) {
        let problem = format!(
            "`{sms_name}` does not fit into a text message, which has room for {MAX_SENDER_CHARS} letters of the GSM \
             alphabet, digits, spaces and & ' + - ."
        );
        reader.report_setting_error(
            NAME,
            problem,
            "set a short form of the name, such as Acme Bank",
        );
    }
    sms_name
}

/// Reads the accent colours and returns the palettes of the light and the dark theme.
fn read_accent_colours(reader: &mut SettingsReader) -> (Option<Palette>, Option<Palette>) {
    let light = read_accent_colour(reader, "SALLYPORT_BRAND_ACCENT_LIGHT", &LIGHT);
    let dark = read_accent_colour(reader, "SALLYPORT_BRAND_ACCENT_DARK", &DARK);
    let derived = || {
        light
            .as_ref()
            .map(|light| DARK.derive_palette_of_shade_nearest_to_accent(light.accent))
    };
    let dark = dark.or_else(derived);
    (light, dark)
}

/// Reads the accent colour of a theme and returns the palette derived from it.
///
/// If the contrast of the colour is too low, reports an error that suggests the nearest usable shade.
fn read_accent_colour(
    reader: &mut SettingsReader,
    name: &'static str,
    theme: &Theme,
) -> Option<Palette> {
    let accent: Colour = reader.read_parsed(name, "set a colour as #rrggbb, such as #7a1f5c")?;
    match theme.derive_palette(accent) {
        Ok(palette) => Some(palette),
        Err(low) => {
            let problem = format!(
                "`{accent}` has a contrast of {:.2}:1 with {}, and text needs 4.5:1 (WCAG 2.2 AA)",
                low.ratio, low.with
            );
            let shade = theme
                .derive_palette_of_shade_nearest_to_accent(accent)
                .accent;
            let remedy = format!("set {shade}, the nearest shade with enough contrast");
            reader.report_setting_error(name, problem, remedy);
            None
        }
    }
}

/// Reads a link from the setting `name`.
///
/// The link must begin with one of `beginnings`, or in development with `http://`.
fn read_link_setting(
    reader: &mut SettingsReader,
    name: &'static str,
    beginnings: &[&str],
    mode: Mode,
) -> Option<String> {
    let link = reader.read_text(name)?;
    let in_development = mode.pick_by_mode(["http://"].as_slice(), &[]);
    let has_beginning = beginnings
        .iter()
        .chain(in_development)
        .any(|begin| link.starts_with(begin));
    let problem = if !has_beginning || link.starts_with("//") {
        format!("`{link}` does not begin with {}", beginnings.join(" or "))
    } else if !is_valid_footer_link(&link) {
        format!("`{link}` is not a valid URL")
    } else {
        return Some(link);
    };
    let example = if beginnings.contains(&"mailto:") {
        "set the address of a page, such as https://www.example.com/help, or mailto:help@example.com"
    } else {
        "set the address of a page, such as https://www.example.com/privacy"
    };
    reader.report_setting_error(name, problem, example);
    None
}

/// Returns whether a link is a URL path, a `mailto:` address, or a URL with a host.
///
/// Refuses username and password, spaces, quotes, angle brackets, backslashes and non-ASCII characters.
fn is_valid_footer_link(link: &str) -> bool {
    let permitted =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`');
    if !link.chars().all(permitted) {
        return false;
    }
    if link.starts_with('/') {
        return true;
    }
    let Ok(url) = reqwest::Url::parse(link) else {
        return false;
    };
    match url.scheme() {
        "mailto" => url.path().contains('@'),
        _ => url.has_host() && url.username().is_empty() && url.password().is_none(),
    }
}

/// Reads a text that the operator sets separately for each language.
///
/// `setting_name` returns the name of the setting for a language.
fn read_brand_text(
    reader: &mut SettingsReader,
    setting_name: fn(Language) -> &'static str,
) -> BrandText {
    let mut texts = Vec::new();
    for language in Language::ALL {
        let name = setting_name(language);
        let Some(text) = reader.read_text(name) else {
            continue;
        };
        let length = text.chars().count();
        let problem = if length > LONGEST_TEXT {
            format!("has {length} characters, and at most {LONGEST_TEXT} are permitted")
        } else if has_hidden_character(&text) {
            "has line breaks, control characters or invisible characters".to_owned()
        } else {
            texts.push((language, text));
            continue;
        };
        let remedy = "set one line, such as Acme Bank, 1 High Street, or remove it";
        reader.report_setting_error(name, problem, remedy);
    }
    BrandText(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_stem_has_only_letters_digits_and_hyphens() {
        for (name, stem) in [
            ("Sallyport", "sallyport"),
            ("Acme & Söhne GmbH", "acme-s-hne-gmbh"),
            ("../..", "account"),
            ("银行", "account"),
        ] {
            let brand = BrandConfig {
                name: name.to_owned(),
                ..BrandConfig::default()
            };
            assert_eq!(brand.download_file_stem(), stem);
        }
    }
}
