//! Raises an alarm when the server's time jumps: codes, sessions and holds all go by it (TOTP-03).

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::SharedAppState;
use domain::Timestamp;

/// How often the clock is compared with how long it really was.
const EVERY: Duration = Duration::from_secs(5);
/// What clocks are corrected by without anybody minding: one step of a TOTP.
const TOLERATED_MS: i64 = 30_000;

/// Watches until `stop` is cancelled. A clock that goes back opens nothing again, since used steps
/// and ends of flows are stored; but somebody should know.
pub(super) async fn watch_clock(app: SharedAppState, stop: CancellationToken) {
    let mut before = (app.now(), Instant::now());
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now = (app.now(), Instant::now());
        let jump = jump(before.0, now.0, now.1.duration_since(before.1));
        if jump.abs() > TOLERATED_MS {
            tracing::error!(jump_ms = jump, "the clock jumped");
        }
        before = now;
    }
}

/// By how many milliseconds the clock moved more than time did.
fn jump(from: Timestamp, to: Timestamp, took: Duration) -> i64 {
    let moved = to.as_millis().saturating_sub(from.as_millis());
    moved.saturating_sub(i64::try_from(took.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_what_the_clock_moved_beyond_the_time_that_passed() {
        let at = Timestamp::from_millis;
        let five = Duration::from_secs(5);
        assert_eq!(jump(at(0), at(5_000), five), 0);
        assert_eq!(jump(at(0), at(605_000), five), 600_000);
        assert_eq!(jump(at(600_000), at(5_000), five), -600_000);
    }
}
