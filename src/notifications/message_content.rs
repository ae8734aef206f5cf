//! Renders the text of a message, with its link or its one-time code, when the message is sent.

use super::email_proof;
use super::mailed_link::{self, NotificationLink};
use super::stored::StoredNotification;
use super::transport::{Transports, Undelivered};
use crate::context::SharedAppState;
use crate::store::StoreError;
use crate::store::outbox::{Channel, ClaimedNotification};
use domain::i18n::{LinkOrCode, MessageLinks, NotificationText};
use domain::{Language, Notification, NotificationPage, Timestamp, routes};

const SECS_PER_HOUR: u64 = 60 * 60;

/// The text of a message, and the links and code in it. Not `Debug`, because links and codes are secrets.
pub(super) struct MessageContent {
    pub text: NotificationText,
    pub links: MessageLinks,
}

/// Renders the text of a notification, and creates its link or code.
///
/// Fails with [`Undelivered::Never`] if the notification offers an action that is no longer possible.
pub(super) async fn render_notification_with_link_or_code(
    app: &SharedAppState,
    transports: &Transports,
    entry: &ClaimedNotification,
    stored: StoredNotification,
) -> Result<MessageContent, Undelivered> {
    let StoredNotification {
        language,
        notification,
    } = stored;
    let render = |notification: &Notification| {
        language.notification_text_with_repeat_count(notification, entry.repeats)
    };
    let url_of = |path: &str| format!("{}{path}", transports.origin);
    let page = notification
        .page()
        .filter(|page| is_page_linked(*page, entry.channel, transports));
    let link_or_code = match page {
        None => None,
        Some(NotificationPage::SignIn | NotificationPage::KeepAccount) => Some(LinkOrCode::Link {
            url: url_of(routes::LOGIN),
        }),
        Some(NotificationPage::ForgotPassword) => Some(LinkOrCode::Link {
            url: url_of(routes::FORGOT_PASSWORD),
        }),
        Some(NotificationPage::EmailCode) => {
            let code = email_proof::create_email_proof_code(app, entry).await;
            Some(LinkOrCode::Code {
                code: require_link_or_code_of_notification(code)?,
                page_url: url_of(routes::VERIFY_EMAIL),
            })
        }
        Some(NotificationPage::EmailChangeLink) => {
            let path = email_proof::create_email_change_cancel_link(app, entry).await;
            Some(LinkOrCode::Link {
                url: url_of(&require_link_or_code_of_notification(path)?),
            })
        }
        Some(page) => {
            let link = mailed_link::create_notification_link(app, entry, &notification).await;
            let link = require_link_or_code_of_notification(link);
            if page == NotificationPage::UndoLink && matches!(link, Err(Undelivered::Never)) {
                // The change itself is reported in any case.
                return Ok(MessageContent {
                    text: render(&notification.without_undo_link()),
                    links: MessageLinks::default(),
                });
            }
            let link = link?;
            let links = MessageLinks {
                link_or_code: Some(LinkOrCode::Link {
                    url: url_of(&link.path),
                }),
                advice_url: notification
                    .is_password_page_linked_in_advice()
                    .then(|| url_of(routes::FORGOT_PASSWORD)),
            };
            let notification = update_hours_until_replacement(notification, &link, app.now());
            let mut text = render(&notification);
            text.link_expiry = find_link_expiry_text(language, page, &link);
            return Ok(MessageContent { text, links });
        }
    };
    Ok(MessageContent {
        text: render(&notification),
        links: MessageLinks {
            link_or_code,
            advice_url: None,
        },
    })
}

/// Returns whether messages over this channel link to a page.
///
/// Text messages link to the page for a new password only if the server sends mails, because a password reset needs a
/// mail.
fn is_page_linked(page: NotificationPage, channel: Channel, transports: &Transports) -> bool {
    match channel {
        Channel::Mail => true,
        Channel::Sms => {
            page.is_page_linked_in_sms()
                && (page != NotificationPage::ForgotPassword || transports.mail.is_some())
        }
    }
}

/// Updates the remaining hours of a recovery, which were counted when the notification was queued.
fn update_hours_until_replacement(
    notification: Notification,
    link: &NotificationLink,
    now: Timestamp,
) -> Notification {
    match link.replacement_due_at {
        None => notification,
        Some(due_at) => notification.with_hours_until_replacement(count_hours_until(due_at, now)),
    }
}

/// Returns the hours from `now` until `due_at`, rounded up; 0 if that time has passed.
fn count_hours_until(due_at: Timestamp, now: Timestamp) -> u32 {
    let hours = due_at.secs_since(now).div_ceil(SECS_PER_HOUR);
    u32::try_from(hours).unwrap_or(u32::MAX)
}

/// Returns the sentence with the time until which an undo link works. The texts about other links contain their time.
fn find_link_expiry_text(
    language: Language,
    page: NotificationPage,
    link: &NotificationLink,
) -> Option<String> {
    (page == NotificationPage::UndoLink).then(|| language.link_expiry_text(link.expires_at))
}

/// Returns the link or code that a notification must contain.
///
/// Fails with [`Undelivered::Never`] if the notification offers an action that is no longer possible.
fn require_link_or_code_of_notification<T>(
    link_or_code: Result<Option<T>, StoreError>,
) -> Result<T, Undelivered> {
    match link_or_code {
        Ok(made) => made.ok_or(Undelivered::Never),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "storing the link or code of a mail failed; the mail is retried later"
            );
            Err(Undelivered::NotSent { after: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn hours_until_a_time_are_rounded_up_and_never_negative() {
        let now = Timestamp::from_millis(1_767_225_600_000);
        for (secs, hours) in [(0, 0), (1, 1), (3_600, 1), (3_601, 2), (259_200, 72)] {
            let due_at = now + Duration::from_secs(secs);
            assert_eq!(count_hours_until(due_at, now), hours, "{secs} s");
        }
        assert_eq!(count_hours_until(now, now + Duration::from_hours(3)), 0);
    }

    #[test]
    fn text_messages_link_to_the_password_page_only_with_a_mail_server() {
        let without_mail = Transports::default();
        for (page, channel, linked) in [
            (NotificationPage::ForgotPassword, Channel::Sms, false),
            (NotificationPage::ForgotPassword, Channel::Mail, true),
            (NotificationPage::UndoLink, Channel::Sms, true),
            (NotificationPage::SignIn, Channel::Sms, false),
        ] {
            let found = is_page_linked(page, channel, &without_mail);
            assert_eq!(found, linked, "{page:?} {channel:?}");
        }
    }
}
