//! Delivery status of the message with a one-time code, and its announcement to screen readers.

use leptos::prelude::*;

use super::countdown::countdown_announcement;
use crate::web::islands::texts::{CodeRecipientSentence, format_recipient_sentence, texts};
use domain::{Channel, CodeEntry, Delivery, LiveStatus};

/// State of the last message with a code, as the page shows and announces it.
#[derive(Clone, Copy)]
pub struct MessageState {
    /// The delivery status of the last message; `None` if it is unknown.
    pub status: RwSignal<Option<LiveStatus>>,
    /// Whether a status has arrived since "Resend" was pressed.
    has_new_status: RwSignal<bool>,
    /// The sentence that announces another code.
    announcement: RwSignal<Option<String>>,
}

impl MessageState {
    /// Creates the state of a message with the delivery status that is known when the page is rendered.
    pub fn new(delivery: Option<Delivery>) -> Self {
        Self {
            status: RwSignal::new(delivery.map(LiveStatus::from)),
            has_new_status: RwSignal::new(false),
            announcement: RwSignal::new(None),
        }
    }

    /// Updates the state after a status event from the server.
    ///
    /// The delivery status stays when the code expires, so that a call is still offered for an undelivered message.
    pub fn record_status(self, status: LiveStatus) {
        if status != LiveStatus::Expired {
            self.has_new_status.set(true);
            self.status.set(Some(status));
        }
    }

    /// Prepares the state for a request for another code, unless such a request is `pending`.
    ///
    /// Removes the last announcement, because screen readers announce a sentence that comes back.
    pub fn prepare_for_resend(self, pending: RwSignal<bool>) {
        if pending.get_untracked() {
            return;
        }
        self.has_new_status.set(false);
        self.announcement.set(None);
    }

    /// Updates the state after another code was sent, and announces it to screen readers.
    ///
    /// The event with the status of the new message can arrive before the answer to the request. Such a status stays.
    pub fn record_resent_code(self, entry: &CodeEntry) {
        let announcement = entry.sent.as_ref().map(format_recipient_sentence);
        self.announcement.set(announcement);
        if !self.has_new_status.get_untracked() {
            self.status.set(None);
        }
    }
}

/// Sentence that names the phone number of a sent code, and the delivery status of its message.
///
/// Screen readers announce a change of the status. A call has no status, because its texts name a message.
#[component]
pub fn SentCodeStatus(
    entry: RwSignal<CodeEntry>,
    message: MessageState,
    /// Whether the flow has ended.
    over: Memo<bool>,
    /// Whether the flow has ended or the code has expired.
    closed: Memo<bool>,
) -> impl IntoView {
    let (texts, status) = (&texts().code, message.status);
    let is_call = move || {
        let entry = entry.read();
        entry
            .sent
            .as_ref()
            .is_some_and(|sent| sent.channel == Channel::Call)
    };
    let text = move || match status.get()? {
        _ if is_call() => None,
        LiveStatus::Delivered => Some(texts.delivered),
        LiveStatus::Undelivered => Some(texts.undelivered),
        _ => None,
    };
    let delivered = move || status.get() == Some(LiveStatus::Delivered);
    view! {
        <div class="sent" aria-live="polite" hidden=move || over.get()>
            <CodeRecipientSentence entry />
            <p
                class="muted delivery"
                class:delivered=delivered
                hidden=move || text().is_none() || closed.get()
            >
                {text}
            </p>
        </div>
    }
}

/// Live region that announces another code, and the remaining lifetime of the code, to screen readers.
///
/// It announces the lifetime at 60 and 30 seconds, and at expiry.
#[component]
pub fn CodeAnnouncement(seconds_left: Memo<Option<u64>>, message: MessageState) -> impl IntoView {
    let texts = &texts().code;
    let text = move || {
        let lifetime = countdown_announcement(texts, seconds_left.get()?);
        lifetime
            .map(ToOwned::to_owned)
            .or_else(|| message.announcement.get())
    };
    view! { <p class="visually-hidden" role="status">{text}</p> }
}
