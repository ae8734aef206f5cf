use super::islands::IslandTexts;
use super::notification_text::{NotificationText, format_time_of_day};
use super::pages::PageTexts;
use super::{english, french, german, polish, portuguese, spanish};
use crate::calendar_day::CalendarDay;
use crate::language::Language;
use crate::notification::Notification;
use crate::time::Timestamp;

impl Language {
    /// Returns the texts of the interactive components ("islands") in this language.
    pub const fn island_texts(self) -> &'static IslandTexts {
        match self {
            Self::English => &english::islands::ISLAND_TEXTS,
            Self::German => &german::islands::ISLAND_TEXTS,
            Self::French => &french::islands::ISLAND_TEXTS,
            Self::Spanish => &spanish::islands::ISLAND_TEXTS,
            Self::Portuguese => &portuguese::islands::ISLAND_TEXTS,
            Self::Polish => &polish::islands::ISLAND_TEXTS,
        }
    }

    /// Returns the texts of the server-rendered pages in this language.
    pub const fn page_texts(self) -> &'static PageTexts {
        match self {
            Self::English => &english::pages::PAGE_TEXTS,
            Self::German => &german::pages::PAGE_TEXTS,
            Self::French => &french::pages::PAGE_TEXTS,
            Self::Spanish => &spanish::pages::PAGE_TEXTS,
            Self::Portuguese => &portuguese::pages::PAGE_TEXTS,
            Self::Polish => &polish::pages::PAGE_TEXTS,
        }
    }

    /// Returns the texts of a mail or SMS that notifies an account holder, in this language.
    pub fn notification_text(self, notification: &Notification) -> NotificationText {
        match self {
            Self::English => english::notifications::notification_text(notification),
            Self::German => german::notifications::notification_text(notification),
            Self::French => french::notifications::notification_text(notification),
            Self::Spanish => spanish::notifications::notification_text(notification),
            Self::Portuguese => portuguese::notifications::notification_text(notification),
            Self::Polish => polish::notifications::notification_text(notification),
        }
    }

    /// Returns the texts of a notification that also stands for `repeats` further events of the same kind.
    pub fn notification_text_with_repeat_count(
        self,
        notification: &Notification,
        repeats: u32,
    ) -> NotificationText {
        let repeated_events_text = match self {
            Self::English => english::notifications::repeated_events_text,
            Self::German => german::notifications::repeated_events_text,
            Self::French => french::notifications::repeated_events_text,
            Self::Spanish => spanish::notifications::repeated_events_text,
            Self::Portuguese => portuguese::notifications::repeated_events_text,
            Self::Polish => polish::notifications::repeated_events_text,
        };
        NotificationText {
            repeats: (repeats > 0).then(|| repeated_events_text(repeats)),
            ..self.notification_text(notification)
        }
    }

    /// Returns the sentence of a mail with the time until which its link works, to the minute in UTC.
    pub fn link_expiry_text(self, expires_at: Timestamp) -> String {
        let link_expiry_text = match self {
            Self::English => english::notifications::link_expiry_text,
            Self::German => german::notifications::link_expiry_text,
            Self::French => french::notifications::link_expiry_text,
            Self::Spanish => spanish::notifications::link_expiry_text,
            Self::Portuguese => portuguese::notifications::link_expiry_text,
            Self::Polish => polish::notifications::link_expiry_text,
        };
        link_expiry_text(
            CalendarDay::from_timestamp(expires_at),
            &format_time_of_day(expires_at),
        )
    }
}
