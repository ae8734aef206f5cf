//! Table of all sample pages in the gallery.

use super::entry::{Entry, Section};
use super::{
    account_pages, busy_forms, code_pages, help_pages, notices, payment_pages, registration,
    signing_in,
};

/// Path of the gallery's list. The sample pages are below it.
pub const GALLERY: &str = "/_gallery";

/// Sections of the gallery in the order of its list.
pub const SECTIONS: &[Section] = &[
    signing_in::SIGN_IN,
    signing_in::DIALOGS,
    code_pages::CODE,
    registration::REGISTRATION,
    account_pages::ACCOUNT,
    account_pages::PHONE,
    account_pages::FACTORS,
    help_pages::SETTINGS,
    notices::NOTICES,
    notices::RECOVERY_CODE_ENTRY,
    payment_pages::PAYMENT,
    help_pages::HELP,
    help_pages::ERRORS,
    busy_forms::BUSY_FORMS,
];

/// Finds the sample page with this name, and its gallery section.
pub fn find_sample_page(name: &str) -> Option<(&'static Section, &'static Entry)> {
    SECTIONS.iter().find_map(|section| {
        let entry = section.entries.iter().find(|entry| entry.name == name)?;
        Some((section, entry))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::routes;

    /// Addresses that only redirect to a page.
    const REDIRECTS: [&str; 2] = [routes::HOME, routes::PROFILE_CONFIRM];

    #[test]
    fn every_page_has_an_entry() {
        for path in routes::PAGE_PATHS {
            let mut entries = SECTIONS.iter().flat_map(|section| section.entries);
            let has_entry = entries.any(|entry| entry.path == path);
            assert!(has_entry || REDIRECTS.contains(&path), "{path}");
        }
    }
}
