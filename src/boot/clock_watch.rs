//! Logs an error when the system clock jumps, because codes, sessions and locks expire by that clock.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::SharedAppState;
use domain::Timestamp;

const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// The largest jump in milliseconds that is not logged, because small corrections are normal.
///
/// It is one time step of an authenticator code.
const TOLERATED_MS: i64 = 30_000;

/// Background task that logs an error when the system clock jumps.
///
/// Compares the system clock with monotonic time every 5 seconds. An error means that they differ by more than
/// [`TOLERATED_MS`]. Ends when `stop` is cancelled.
pub(super) fn watch_clock_for_jumps(
    app: SharedAppState,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send {
    // The clock is read when the function is called. An `async fn` would read it at the first poll, and a jump
    // between both would stay unnoticed. Even if the clock moves back, no used code becomes valid again, because the
    // database stores used time steps and ended flows.
    let mut before = (app.now(), Instant::now());
    async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(CHECK_INTERVAL) => {}
            }
            let now = (app.now(), Instant::now());
            let jump_ms = calculate_clock_jump_ms(before.0, now.0, now.1.duration_since(before.1));
            if jump_ms.abs() > TOLERATED_MS {
                tracing::error!(
                    jump_ms,
                    "the system clock jumped by {jump_ms} ms; check its time synchronisation"
                );
            }
            before = now;
        }
    }
}

/// Returns how many milliseconds the system clock jumped forward while `elapsed` passed; negative if it was set back.
fn calculate_clock_jump_ms(start: Timestamp, end: Timestamp, elapsed: Duration) -> i64 {
    let moved = end.as_millis().saturating_sub(start.as_millis());
    moved.saturating_sub(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_jump_is_the_system_clock_change_minus_the_elapsed_time() {
        let at = Timestamp::from_millis;
        let five = Duration::from_secs(5);
        assert_eq!(calculate_clock_jump_ms(at(0), at(5_000), five), 0);
        assert_eq!(calculate_clock_jump_ms(at(0), at(605_000), five), 600_000);
        assert_eq!(
            calculate_clock_jump_ms(at(600_000), at(5_000), five),
            -600_000
        );
    }
}
