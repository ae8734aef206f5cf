//! The inbox: all messages and mails that were sent.
//!
//! Requests list its items or wait for the next one, and event streams receive them at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::broadcast;

use crate::clock::format_rfc3339_millis;
use crate::mailbox::mail::{Mail, ParsedMail};
use crate::provider::Provider;

/// Maximum number of stored messages and mails. A new one replaces the oldest.
const MAX_ITEMS: usize = 10_000;
/// Number of inbox events that a slow subscriber may lag behind before it loses some.
const EVENT_BUFFER: usize = 1024;

/// Text message or voice call that a provider is about to deliver.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingMessage {
    pub(crate) to: String,
    pub(crate) body: String,
    /// The code in the message; `None` if the message belongs to no verification.
    pub(crate) code: Option<String>,
    pub(crate) channel: &'static str,
    pub(crate) provider: Provider,
    pub(crate) service: Option<String>,
    pub(crate) verification: Option<String>,
}

/// Delivered text message or voice call, as in the JSON of `GET /_simulator/messages`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Message {
    /// Increases by one with each message or mail. Not reused, not even after a reset.
    pub(crate) id: u64,
    /// The phone number in E.164 format.
    pub(crate) to: String,
    /// The text, or the words spoken in a call.
    pub(crate) body: String,
    /// Null if the message belongs to no verification.
    pub(crate) code: Option<String>,
    /// `sms` or `call`; with Telnyx also `flashcall` or `whatsapp`.
    pub(crate) channel: &'static str,
    pub(crate) provider: Provider,
    /// The id of the service or profile.
    pub(crate) service: Option<String>,
    /// The id of the verification.
    pub(crate) verification: Option<String>,
    /// RFC 3339 with milliseconds, by the simulated clock. Unique among messages and mails.
    pub(crate) sent_at: String,
}

/// Item of the simulator's inbox: a text message or voice call, or a mail.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum InboxItem {
    Message(Message),
    Mail(Mail),
}

impl InboxItem {
    /// Returns the kind of the item: message or mail.
    const fn inbox_item_kind(&self) -> ItemKind {
        match self {
            Self::Message(_) => ItemKind::Messages,
            Self::Mail(_) => ItemKind::Mails,
        }
    }

    /// Returns whether the inbox item was sent to this phone number or mail address.
    fn is_addressed_to(&self, recipient: &str) -> bool {
        match self {
            Self::Message(message) => message.to == recipient,
            Self::Mail(mail) => mail.to.eq_ignore_ascii_case(recipient),
        }
    }
}

/// Kind of an inbox item: message or mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Messages,
    Mails,
}

/// Message or mail in the simulator's inbox, with a sequence number and the time of sending.
#[derive(Clone, Debug)]
pub(crate) struct SentItem {
    pub(crate) id: u64,
    at_millis: i64,
    pub(crate) item: InboxItem,
}

/// Event for subscribers of the inbox: a new item was stored, or all items were deleted.
#[derive(Clone, Debug)]
pub(crate) enum InboxEvent {
    Sent(Arc<SentItem>),
    /// All items were deleted.
    Reset,
}

/// Filter for inbox items. An item must meet all conditions that are set.
#[derive(Clone, Debug, Default)]
pub(crate) struct InboxFilter {
    pub(crate) kind: Option<ItemKind>,
    /// Only items to this phone number or mail address.
    pub(crate) to: Option<String>,
    /// Only items sent after this time, Unix milliseconds.
    pub(crate) since_millis: Option<i64>,
    /// Only items with a greater id.
    pub(crate) after_id: Option<u64>,
}

impl InboxFilter {
    /// Returns whether an inbox item meets all conditions of the filter.
    pub(crate) fn matches_item(&self, item: &SentItem) -> bool {
        self.kind
            .is_none_or(|kind| kind == item.item.inbox_item_kind())
            && self
                .to
                .as_ref()
                .is_none_or(|to| item.item.is_addressed_to(to))
            && self.since_millis.is_none_or(|since| item.at_millis > since)
            && self.after_id.is_none_or(|id| item.id > id)
    }
}

/// Stored inbox items and the id of the newest one.
#[derive(Debug, Default)]
struct StoredItems {
    items: VecDeque<Arc<SentItem>>,
    last_id: u64,
    last_sent_at: i64,
}

/// Inbox with the last 10,000 messages and mails, and a channel to subscribers of new ones.
#[derive(Debug)]
pub(crate) struct Inbox {
    stored: Mutex<StoredItems>,
    events: broadcast::Sender<InboxEvent>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            stored: Mutex::default(),
            events: broadcast::channel(EVENT_BUFFER).0,
        }
    }
}

impl Inbox {
    /// Stores a delivered message in the inbox at `now_millis` (Unix milliseconds).
    pub(crate) fn deliver_message(&self, message: OutgoingMessage, now_millis: i64) {
        self.store_inbox_item_and_notify(now_millis, |id, sent_at| {
            InboxItem::Message(Message {
                id,
                to: message.to,
                body: message.body,
                code: message.code,
                channel: message.channel,
                provider: message.provider,
                service: message.service,
                verification: message.verification,
                sent_at,
            })
        });
    }

    /// Stores a received mail in the inbox at `now_millis` (Unix milliseconds).
    pub(crate) fn deliver_mail(&self, mail: ParsedMail, now_millis: i64) {
        self.store_inbox_item_and_notify(now_millis, |id, sent_at| {
            InboxItem::Mail(mail.into_stored_mail(id, sent_at))
        });
    }

    /// Creates an inbox item with the next id and a unique time, stores it, and notifies all subscribers.
    fn store_inbox_item_and_notify(
        &self,
        now_millis: i64,
        make: impl FnOnce(u64, String) -> InboxItem,
    ) {
        let mut stored = self.lock_inbox_items();
        stored.last_id += 1;
        // Times are unique: of two items in one millisecond, `since` would skip one.
        stored.last_sent_at = now_millis.max(stored.last_sent_at.saturating_add(1));
        let sent = Arc::new(SentItem {
            id: stored.last_id,
            at_millis: stored.last_sent_at,
            item: make(stored.last_id, format_rfc3339_millis(stored.last_sent_at)),
        });
        if stored.items.len() >= MAX_ITEMS {
            stored.items.pop_front();
        }
        stored.items.push_back(Arc::clone(&sent));
        // Sent while the lock is held, so that events arrive in the order of their ids. An error
        // means that there are no subscribers.
        let _ = self.events.send(InboxEvent::Sent(sent));
    }

    /// Returns the inbox items that match the filter, newest last.
    pub(crate) fn list_inbox_items(&self, filter: &InboxFilter) -> Vec<Arc<SentItem>> {
        let stored = self.lock_inbox_items();
        stored
            .items
            .iter()
            .filter(|sent| filter.matches_item(sent))
            .map(Arc::clone)
            .collect()
    }

    /// Returns the inbox items that match the filter. If there are none, waits up to `wait` for the first one.
    pub(crate) async fn wait_for_inbox_items(
        &self,
        filter: &InboxFilter,
        wait: Duration,
    ) -> Vec<Arc<SentItem>> {
        // Subscribes before it lists, so that no item is missed in between.
        let mut events = self.events.subscribe();
        let found = self.list_inbox_items(filter);
        if !found.is_empty() || wait.is_zero() {
            return found;
        }
        let arrival = async {
            loop {
                match events.recv().await {
                    Ok(InboxEvent::Sent(sent)) if filter.matches_item(&sent) => return,
                    // Some events were lost, and a lost one may match.
                    Err(_) if !self.list_inbox_items(filter).is_empty() => return,
                    Ok(_) | Err(_) => {}
                }
            }
        };
        let _ = tokio::time::timeout(wait, arrival).await;
        self.list_inbox_items(filter)
    }

    /// Returns the inbox items that match the filter, and a receiver of all later inbox events.
    pub(crate) fn subscribe_to_inbox_events(
        &self,
        filter: &InboxFilter,
    ) -> (Vec<Arc<SentItem>>, broadcast::Receiver<InboxEvent>) {
        let stored = self.lock_inbox_items();
        let events = self.events.subscribe();
        let found = stored
            .items
            .iter()
            .filter(|sent| filter.matches_item(sent))
            .map(Arc::clone);
        (found.collect(), events)
    }

    /// Returns the id of the newest item in the inbox, or 0 if none was stored yet.
    pub(crate) fn newest_inbox_item_id(&self) -> u64 {
        self.lock_inbox_items().last_id
    }

    /// Deletes all inbox items and notifies the subscribers.
    pub(crate) fn delete_all_inbox_items(&self) {
        let mut stored = self.lock_inbox_items();
        stored.items.clear();
        stored.last_sent_at = 0;
        let _ = self.events.send(InboxEvent::Reset);
    }

    /// Locks the stored inbox items. A poisoned lock is safe to use, because no panic can leave an item half written.
    fn lock_inbox_items(&self) -> MutexGuard<'_, StoredItems> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
