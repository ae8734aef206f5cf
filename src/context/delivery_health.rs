//! Detects whether this node can send notifications by mail and SMS.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::store::outbox::Channel;

/// Counts consecutive failed attempts to send notifications, for each channel (e-mail and SMS).
#[derive(Debug, Default)]
pub struct DeliveryHealth {
    mail: AtomicU32,
    sms: AtomicU32,
}

/// Change in the health of a notification channel (mail or SMS), which the server logs for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelHealthChange {
    /// The channel has delivered nothing in [`DeliveryHealth::FAILING_THRESHOLD`] consecutive attempts.
    Failing,
    /// The channel delivers again.
    Recovered,
}

impl DeliveryHealth {
    /// Number of consecutive attempts without a delivery after which a channel counts as failing.
    ///
    /// A few unreachable recipients are usual, and each delivery resets the count.
    pub const FAILING_THRESHOLD: u32 = 5;

    /// Records whether an attempt to send a notification succeeded.
    ///
    /// Returns a change if the channel starts to fail or works again.
    pub fn record_send_attempt(
        &self,
        channel: Channel,
        delivered: bool,
    ) -> Option<ChannelHealthChange> {
        let failures = self.send_failure_counter(channel);
        if delivered {
            let before = failures.swap(0, Ordering::Relaxed);
            return (before >= Self::FAILING_THRESHOLD).then_some(ChannelHealthChange::Recovered);
        }
        let before = failures.fetch_add(1, Ordering::Relaxed);
        (before + 1 == Self::FAILING_THRESHOLD).then_some(ChannelHealthChange::Failing)
    }

    /// Returns whether at least the last [`DeliveryHealth::FAILING_THRESHOLD`] attempts over this channel have failed.
    pub fn is_channel_failing(&self, channel: Channel) -> bool {
        self.send_failure_counter(channel).load(Ordering::Relaxed) >= Self::FAILING_THRESHOLD
    }

    /// Returns the counter of consecutive failed attempts over this channel.
    const fn send_failure_counter(&self, channel: Channel) -> &AtomicU32 {
        match channel {
            Channel::Mail => &self.mail,
            Channel::Sms => &self.sms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notification_channel_is_failing_after_five_failed_sends_until_one_succeeds() {
        let health = DeliveryHealth::default();
        for _ in 0..4 {
            assert_eq!(health.record_send_attempt(Channel::Sms, false), None);
        }
        assert_eq!(health.record_send_attempt(Channel::Sms, true), None);
        for _ in 0..4 {
            assert_eq!(health.record_send_attempt(Channel::Sms, false), None);
            assert!(!health.is_channel_failing(Channel::Sms));
        }
        let change = health.record_send_attempt(Channel::Sms, false);
        assert_eq!(change, Some(ChannelHealthChange::Failing));
        assert_eq!(health.record_send_attempt(Channel::Sms, false), None);
        assert!(
            health.is_channel_failing(Channel::Sms) && !health.is_channel_failing(Channel::Mail)
        );
        let change = health.record_send_attempt(Channel::Sms, true);
        assert_eq!(change, Some(ChannelHealthChange::Recovered));
        assert!(!health.is_channel_failing(Channel::Sms));
    }
}
