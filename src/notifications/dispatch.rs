//! Sends what is in the outbox, and tries again.
//!
//! Every node runs one dispatcher. A row is claimed by a conditional update, sent outside any
//! transaction, and closed by another: one node sends it, once. Who dies between sending and
//! closing leaves a claim that lapses, and the notice goes out again: at least once, and told
//! twice only then, or where the other side took it and the answer was lost.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::notice::Told;
use super::transport::{Mail, Transports, Undelivered};
use crate::context::SharedAppState;
use crate::store::outbox::{self, Claim, Entry, Outcome, Way};
use crate::store::{Store, StoreError};
use domain::{PhoneNumber, Timestamp};

/// How often the outbox is looked at unasked: for what is due again, and for what other nodes
/// wrote and did not send.
const ROUND: Duration = Duration::from_secs(2);
/// How many notices are on their way at once.
const BATCH: i64 = 16;
/// How long a claim holds; longer than any transport takes.
const HOLD: Duration = Duration::from_mins(1);
/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// A notice that could not be delivered for so long is given up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(72);
/// How often it is tried to write down that a notice was sent: forgetting it would send it again.
const CLOSING_TRIES: u32 = 5;

/// Sends notices until `stop` is cancelled; what is on its way by then is finished.
pub async fn dispatch(app: SharedAppState, transports: Transports, stop: CancellationToken) {
    loop {
        let sent = round(&app, &transports).await;
        if stop.is_cancelled() {
            return;
        }
        match sent {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the outbox cannot be read"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.outbox_wake.notified() => {}
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// Sends what is due, and answers how much of it this node got to send.
async fn round(app: &SharedAppState, transports: &Transports) -> Result<usize, StoreError> {
    let now = app.now();
    let mut sending = JoinSet::new();
    for entry in outbox::due(&app.store, now, BATCH).await? {
        match outbox::claim(&app.store, &entry, now + HOLD).await {
            Ok(Some(claim)) => {
                sending.spawn(deliver(
                    SharedAppState::clone(app),
                    transports.clone(),
                    entry,
                    claim,
                ));
            }
            Ok(None) => {}
            // It stays due. What is claimed is sent first.
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a notice could not be claimed"
                );
                break;
            }
        }
    }
    let claimed = sending.len();
    sending.join_all().await;
    Ok(claimed)
}

async fn deliver(app: SharedAppState, transports: Transports, entry: Entry, claim: Claim) {
    let outcome = send(&transports, &entry, app.now()).await;
    let verdict = judged(outcome, claim.tries, entry.created_at, app.now());
    let (notice, way) = (claim.id.as_str(), entry.way.as_str());
    if let Err(error) = close(&app.store, &claim, verdict, app.now()).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            notice,
            "what came of a notice could not be written down"
        );
        return;
    }
    match verdict {
        Verdict::Done(Outcome::GivenUp) => {
            tracing::error!(notice, way, "a notice was given up after three days");
        }
        Verdict::Done(outcome) => {
            tracing::info!(notice, way, outcome = outcome.as_str(), "a notice is done");
        }
        Verdict::Again { due_at } => {
            let secs = due_at.secs_after(app.now());
            tracing::info!(notice, way, tries = claim.tries, secs, "a notice waits");
        }
    }
}

/// What sending came to; `None` where nothing goes this way.
async fn send(
    transports: &Transports,
    entry: &Entry,
    now: Timestamp,
) -> Result<Option<()>, Undelivered> {
    let Ok(told) = Told::from_stored(&entry.notice) else {
        tracing::error!(
            notice = entry.id.as_str(),
            "the outbox holds no such notice"
        );
        return Err(Undelivered::Never);
    };
    let letter = told.language.notification_text(&told.notice);
    match entry.way {
        Way::Sms => {
            let Some(transport) = &transports.sms else {
                return Ok(None);
            };
            let number = PhoneNumber::from_e164(&entry.recipient).ok_or(Undelivered::Never)?;
            transport.send(&number, &letter.sms()).await?;
        }
        Way::Mail => {
            let Some(transport) = &transports.mail else {
                return Ok(None);
            };
            let mail = Mail {
                id: &entry.id,
                to: &entry.recipient,
                subject: letter.subject,
                body: &letter.body(&transports.sign_in_url),
                at: now,
            };
            transport.send(&mail).await?;
        }
    }
    Ok(Some(()))
}

/// What becomes of a notice after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done(Outcome),
    Again { due_at: Timestamp },
}

fn judged(
    sent: Result<Option<()>, Undelivered>,
    tries: i64,
    created_at: Timestamp,
    now: Timestamp,
) -> Verdict {
    match sent {
        Ok(Some(())) => Verdict::Done(Outcome::Sent),
        Ok(None) => Verdict::Done(Outcome::NoWay),
        Err(Undelivered::Never) => Verdict::Done(Outcome::Refused),
        Err(Undelivered::Later { .. }) if now >= created_at + GIVE_UP_AFTER => {
            Verdict::Done(Outcome::GivenUp)
        }
        Err(Undelivered::Later { after }) => Verdict::Again {
            due_at: now + wait_after(tries).max(after.unwrap_or_default()),
        },
    }
}

/// The wait after so many failures.
fn wait_after(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(16);
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}

/// Writes down what came of a try. A busy database is asked again: each refusal has waited
/// already, and the claim holds meanwhile.
async fn close(
    store: &Store,
    claim: &Claim,
    verdict: Verdict,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tries_left = CLOSING_TRIES;
    loop {
        tries_left -= 1;
        let closed = match verdict {
            Verdict::Done(outcome) => outbox::finish(store, claim, outcome, now).await,
            Verdict::Again { due_at } => outbox::postpone(store, claim, due_at).await,
        };
        match closed {
            Err(StoreError::Busy(_)) if tries_left > 0 => {}
            closed => return closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);
    const LATER: Result<Option<()>, Undelivered> = Err(Undelivered::Later { after: None });

    #[test]
    fn the_wait_doubles_from_five_seconds_to_a_quarter_of_an_hour() {
        let waits: Vec<u64> = (1..=10).map(|tries| wait_after(tries).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT);
    }

    #[test]
    fn a_failure_waits_and_three_days_of_them_end_it() {
        let again = |due_at| Verdict::Again { due_at };
        assert_eq!(judged(LATER, 1, T0, T0), again(T0 + FIRST_WAIT));
        let last = T0 + GIVE_UP_AFTER - Duration::from_millis(1);
        assert_eq!(judged(LATER, 200, T0, last), again(last + LONGEST_WAIT));
        let end = T0 + GIVE_UP_AFTER;
        assert_eq!(judged(LATER, 200, T0, end), Verdict::Done(Outcome::GivenUp));
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_and_a_shorter_one_shortens_nothing() {
        for (asked, waited) in [(60, 60), (1, 5)] {
            let after = Some(Duration::from_secs(asked));
            let due_at = T0 + Duration::from_secs(waited);
            assert_eq!(
                judged(Err(Undelivered::Later { after }), 1, T0, T0),
                Verdict::Again { due_at }
            );
        }
    }

    #[test]
    fn what_was_sent_or_never_can_be_is_done() {
        let done = |sent| judged(sent, 1, T0, T0);
        assert_eq!(done(Ok(Some(()))), Verdict::Done(Outcome::Sent));
        assert_eq!(done(Ok(None)), Verdict::Done(Outcome::NoWay));
        assert_eq!(
            done(Err(Undelivered::Never)),
            Verdict::Done(Outcome::Refused)
        );
    }
}
