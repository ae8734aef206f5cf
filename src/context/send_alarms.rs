//! Logs an alarm when sent messages reach 50, 80 or 100 % of a send limit that all users share.

use std::time::Duration;

use super::app_state::AppState;
use crate::security::rate_limit::{RateLimit, Rule};
use crate::security::send_limits::{
    ALARM_TARGET, SendLimit, SendLimitKind, SharedLimit, list_usage_percentages_and_counts_to_log,
};
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// Log alarm: messages have used a percentage of a send limit that all users share.
///
/// It is raised once in the window of the limit. Log it after the commit.
#[derive(Debug)]
#[must_use = "an alarm is counted once in its window, so it must be logged"]
pub struct SendAlarm {
    limit: SharedLimit,
    percent: u8,
    sent: usize,
    max: usize,
    window_secs: u64,
}

impl SendAlarm {
    /// Logs the alarm: as an error at 100 % of the limit, as a warning below.
    pub fn log_alarm(&self) {
        let Self {
            limit,
            percent,
            sent,
            max,
            window_secs,
        } = self;
        let (setting, scope) = (limit.setting_name(), limit.country_or_network_of_limit());
        let effect = limit.describe_effect_on_further_messages(*percent);
        if *percent >= 100 {
            tracing::error!(
                target: ALARM_TARGET,
                setting, scope, percent, sent, max, window_secs,
                "the limit on sent messages is reached; {effect}"
            );
        } else {
            tracing::warn!(
                target: ALARM_TARGET,
                setting, scope, percent, sent, max, window_secs,
                "sent messages have reached {percent} % of their limit; {effect}"
            );
        }
    }
}

/// Records and returns an alarm for each threshold that the number of sent messages has newly reached.
///
/// A threshold is a percentage of a send limit that all users share.
pub async fn record_newly_reached_alarm_thresholds(
    app: &AppState,
    tx: &mut Tx,
    limit: &SendLimit,
    sent: usize,
    now: Timestamp,
) -> Result<Vec<SendAlarm>, StoreError> {
    let SendLimitKind::Shared(shared) = &limit.kind else {
        return Ok(Vec::new());
    };
    let RateLimit { rule, .. } = &limit.rate_limit;
    let mut alarms = Vec::new();
    for (percent, threshold) in list_usage_percentages_and_counts_to_log(rule.max) {
        let alarm_limit = app.send_alarm_limit(shared, percent, rule.window);
        if sent >= threshold
            && limits::count_event_within_limit(tx, &alarm_limit, now)
                .await?
                .is_ok()
        {
            alarms.push(SendAlarm {
                limit: shared.clone(),
                percent,
                sent,
                max: rule.max,
                window_secs: rule.window.as_secs(),
            });
        }
    }
    Ok(alarms)
}

impl AppState {
    /// Returns the rate limit on alarms that `percent` of a shared send limit is used: one per `window`.
    fn send_alarm_limit(&self, limit: &SharedLimit, percent: u8, window: Duration) -> RateLimit {
        let subject = format!(
            "{} {} {percent}",
            limit.bucket_name(),
            limit.country_or_network_of_limit()
        );
        self.create_rate_limit("sms-alarm", &subject, Rule::per_window(window, 1))
    }
}
