//! Who may stay when the house is full (LIM-01).

use std::collections::VecDeque;

use tokio::task::AbortHandle;

use super::activity::Activity;

/// Open files that are not connections: the database, the log, calls to providers.
const OTHER_FILES: usize = 256;

/// At most as many connections as the system lets us open files for, so that a crowd at the door does not lock out
/// our own database.
pub(super) fn affordable(wanted: usize) -> usize {
    // Elsewhere than on Linux there is no such file, and no such advice.
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(files) = open_files(&limits) else {
        return wanted;
    };
    let most = files.saturating_sub(OTHER_FILES).max(1);
    if most < wanted {
        tracing::warn!("at most {most} connections, not {wanted}: only {files} files may be open");
    }
    most.min(wanted)
}

/// The soft limit, as proc(5) writes it.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Connections in the order they came, with at least all of those that have not sent a request yet.
///
/// People's browsers speak at once; who holds thousands of silent connections only pushes out their own.
#[derive(Default)]
pub(super) struct Newcomers(VecDeque<(Activity, AbortHandle)>);

impl Newcomers {
    pub(super) fn welcome(&mut self, activity: Activity, task: AbortHandle) {
        while self.0.front().is_some_and(|guest| !is_waiting(guest)) {
            self.0.pop_front();
        }
        self.0.push_back((activity, task));
    }

    /// Closes the connection that has kept us waiting longest. `false` if every one has sent a request.
    pub(super) fn make_room(&mut self) -> bool {
        while let Some(guest) = self.0.pop_front() {
            if is_waiting(&guest) {
                guest.1.abort();
                return true;
            }
        }
        false
    }
}

fn is_waiting((activity, task): &(Activity, AbortHandle)) -> bool {
    activity.is_new() && !task.is_finished()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_of_open_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             127235               127235               processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(
            open_files("Max open files            unlimited            unlimited            files"),
            None
        );
        assert_eq!(open_files(""), None);
    }
}
