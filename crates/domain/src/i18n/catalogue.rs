use super::islands::IslandTexts;
use super::notification_text::NotificationText;
use super::pages::PageTexts;
use super::{english, german};
use crate::language::Language;
use crate::notification::Notification;

impl Language {
    /// The texts of the islands.
    pub const fn island_texts(self) -> &'static IslandTexts {
        match self {
            Self::English => &english::islands::ISLAND_TEXTS,
            Self::German => &german::islands::ISLAND_TEXTS,
        }
    }

    /// The texts of the pages.
    pub const fn page_texts(self) -> &'static PageTexts {
        match self {
            Self::English => &english::pages::PAGE_TEXTS,
            Self::German => &german::pages::PAGE_TEXTS,
        }
    }

    /// What the account holder receives for this notification.
    pub fn notification_text(self, notification: &Notification) -> NotificationText {
        match self {
            Self::English => english::notifications::notification_text(notification),
            Self::German => german::notifications::notification_text(notification),
        }
    }

    /// Like [`Self::notification_text`], for a message that stands for `repeats` more events of the same kind.
    pub fn repeated_notification_text(
        self,
        notification: &Notification,
        repeats: u32,
    ) -> NotificationText {
        let repeats_text = match self {
            Self::English => english::notifications::repeats_text,
            Self::German => german::notifications::repeats_text,
        };
        NotificationText {
            repeats: (repeats > 0).then(|| repeats_text(repeats)),
            ..self.notification_text(notification)
        }
    }
}
