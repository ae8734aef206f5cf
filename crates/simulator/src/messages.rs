//! Everything that was sent, to phones and by mail: kept for those who ask later and handed at once
//! to those who wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::broadcast;

use super::clock::rfc3339_millis;
use super::mailbox::{Letter, Mail};

/// Messages and mails kept; the oldest are forgotten first.
const KEEP: usize = 10_000;
/// Messages a slow listener may fall behind before it has to connect again.
const BACKLOG: usize = 1024;

/// A message about to be sent.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) to: String,
    pub(super) body: String,
    /// What a verification sends; a plain message has none.
    pub(super) code: Option<String>,
    pub(super) channel: &'static str,
    pub(super) provider: &'static str,
    pub(super) service: Option<String>,
    pub(super) verification: Option<String>,
}

/// A message as the control interface shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Message {
    /// Grows by one with every message and mail and is never reused, not even after everything is
    /// forgotten.
    pub(super) id: u64,
    /// E.164.
    pub(super) to: String,
    /// The text, or the words spoken in a call.
    pub(super) body: String,
    /// Null in a message that is no verification's.
    pub(super) code: Option<String>,
    /// `sms`, `call`, or with Telnyx `flashcall` or `whatsapp`.
    pub(super) channel: &'static str,
    pub(super) provider: &'static str,
    /// The service or profile it was sent for.
    pub(super) service: Option<String>,
    /// The provider's id of the verification.
    pub(super) verification: Option<String>,
    /// RFC 3339 with milliseconds, by the simulator's clock. No two messages or mails share one.
    pub(super) sent_at: String,
}

/// Something that was sent.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    Message(Message),
    Mail(Mail),
}

impl Item {
    const fn kind(&self) -> Kind {
        match self {
            Self::Message(_) => Kind::Messages,
            Self::Mail(_) => Kind::Mails,
        }
    }

    fn is_to(&self, to: &str) -> bool {
        match self {
            Self::Message(message) => message.to == to,
            Self::Mail(mail) => mail.to.eq_ignore_ascii_case(to),
        }
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Messages,
    Mails,
}

/// An item and its place among all of them.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) id: u64,
    at_millis: i64,
    pub(super) item: Item,
}

/// What listeners are told.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Sent(Arc<Sent>),
    /// Everything was forgotten.
    Reset,
}

/// Which items are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) kind: Option<Kind>,
    /// Only to this number or address.
    pub(super) to: Option<String>,
    /// Only sent strictly later: Unix milliseconds.
    pub(super) since_millis: Option<i64>,
    /// Only with a greater id.
    pub(super) after_id: Option<u64>,
}

impl Filter {
    pub(super) fn fits(&self, sent: &Sent) -> bool {
        self.kind.is_none_or(|kind| kind == sent.item.kind())
            && self.to.as_ref().is_none_or(|to| sent.item.is_to(to))
            && self.since_millis.is_none_or(|since| sent.at_millis > since)
            && self.after_id.is_none_or(|id| sent.id > id)
    }
}

#[derive(Debug, Default)]
struct Kept {
    items: VecDeque<Arc<Sent>>,
    last_id: u64,
    last_sent_at: i64,
}

/// The last 10,000 messages and mails, and those who listen for more.
#[derive(Debug)]
pub(super) struct Inbox {
    kept: Mutex<Kept>,
    events: broadcast::Sender<Event>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            events: broadcast::channel(BACKLOG).0,
        }
    }
}

impl Inbox {
    /// Delivers a message at `now` (Unix milliseconds).
    pub(super) fn deliver(&self, draft: Draft, now: i64) {
        self.keep(now, |id, sent_at| {
            Item::Message(Message {
                id,
                to: draft.to,
                body: draft.body,
                code: draft.code,
                channel: draft.channel,
                provider: draft.provider,
                service: draft.service,
                verification: draft.verification,
                sent_at,
            })
        });
    }

    /// Delivers a mail at `now` (Unix milliseconds).
    pub(super) fn deliver_mail(&self, letter: Letter, now: i64) {
        self.keep(now, |id, sent_at| Item::Mail(letter.sent(id, sent_at)));
    }

    fn keep(&self, now: i64, make: impl FnOnce(u64, String) -> Item) {
        let mut kept = self.kept();
        kept.last_id += 1;
        // Two messages in one millisecond would make `since` skip one of them.
        kept.last_sent_at = now.max(kept.last_sent_at.saturating_add(1));
        let sent = Arc::new(Sent {
            id: kept.last_id,
            at_millis: kept.last_sent_at,
            item: make(kept.last_id, rfc3339_millis(kept.last_sent_at)),
        });
        if kept.items.len() >= KEEP {
            kept.items.pop_front();
        }
        kept.items.push_back(Arc::clone(&sent));
        // Told while the lock is held, so that listeners hear messages in the order of their ids.
        // An error means only that nobody listens.
        let _ = self.events.send(Event::Sent(sent));
    }

    /// The items that fit, newest last.
    pub(super) fn list(&self, filter: &Filter) -> Vec<Arc<Sent>> {
        let kept = self.kept();
        kept.items
            .iter()
            .filter(|sent| filter.fits(sent))
            .map(Arc::clone)
            .collect()
    }

    /// As [`Inbox::list`], but holds the answer for up to `wait` of real time until there is one.
    pub(super) async fn wait_for(&self, filter: &Filter, wait: Duration) -> Vec<Arc<Sent>> {
        // Listening starts before looking, so that nothing slips in between.
        let mut events = self.events.subscribe();
        let found = self.list(filter);
        if !found.is_empty() || wait.is_zero() {
            return found;
        }
        let arrival = async {
            loop {
                match events.recv().await {
                    Ok(Event::Sent(sent)) if filter.fits(&sent) => return,
                    // Missed some: one of them may have been the one.
                    Err(_) if !self.list(filter).is_empty() => return,
                    Ok(_) | Err(_) => {}
                }
            }
        };
        let _ = tokio::time::timeout(wait, arrival).await;
        self.list(filter)
    }

    /// What is there already and fits, and a receiver of everything later.
    pub(super) fn follow(&self, filter: &Filter) -> (Vec<Arc<Sent>>, broadcast::Receiver<Event>) {
        let kept = self.kept();
        let events = self.events.subscribe();
        let found = kept
            .items
            .iter()
            .filter(|sent| filter.fits(sent))
            .map(Arc::clone);
        (found.collect(), events)
    }

    /// The id of the newest item ever delivered, 0 before the first.
    pub(super) fn last_id(&self) -> u64 {
        self.kept().last_id
    }

    /// Forgets all of it.
    pub(super) fn clear(&self) {
        let mut kept = self.kept();
        kept.items.clear();
        kept.last_sent_at = 0;
        let _ = self.events.send(Event::Reset);
    }

    /// The lock is never held across an await, and a panic elsewhere leaves the list whole.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
