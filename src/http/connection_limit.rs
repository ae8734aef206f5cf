//! The limit on open connections, and which connection is closed when it is reached.

use std::collections::VecDeque;

use tokio::task::AbortHandle;

use super::connection_activity::ConnectionActivity;

/// Open files reserved for everything but client connections: the database, the log and provider calls.
const RESERVED_FILES: usize = 256;

/// Returns `wanted`, or fewer if the operating system allows too few open files.
///
/// A full file table would otherwise also keep the server from opening its own database.
pub(super) fn capped_by_open_files(wanted: usize) -> usize {
    // Only Linux has this file. Other systems get no cap.
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(files) = parse_open_files(&limits) else {
        return wanted;
    };
    let most = files.saturating_sub(RESERVED_FILES).max(1);
    if most < wanted {
        tracing::warn!(
            "connection limit reduced from {wanted} to {most}: the process may open only {files} files; \
             raise its limit of open files"
        );
    }
    most.min(wanted)
}

/// Reads the soft limit of open files from the format of proc(5).
fn parse_open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Connections in the order of their arrival. It contains at least every connection that has not sent a request.
///
/// Browsers send a request at once. If an attacker opens thousands of silent connections, those are closed first.
#[derive(Default)]
pub(super) struct SilentConnections(VecDeque<(ConnectionActivity, AbortHandle)>);

impl SilentConnections {
    pub(super) fn add(&mut self, activity: ConnectionActivity, task: AbortHandle) {
        while self
            .0
            .front()
            .is_some_and(|connection| !is_silent(connection))
        {
            self.0.pop_front();
        }
        self.0.push_back((activity, task));
    }

    /// Closes the oldest connection that has not sent a request. Returns `false` if every connection has sent one.
    pub(super) fn close_oldest(&mut self) -> bool {
        while let Some(connection) = self.0.pop_front() {
            if is_silent(&connection) {
                connection.1.abort();
                return true;
            }
        }
        false
    }
}

fn is_silent((activity, task): &(ConnectionActivity, AbortHandle)) -> bool {
    !activity.has_received_request() && !task.is_finished()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limit_of_open_files_is_read_from_proc() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             127235               127235               processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(parse_open_files(limits), Some(1024));
        assert_eq!(
            parse_open_files(
                "Max open files            unlimited            unlimited            files"
            ),
            None
        );
        assert_eq!(parse_open_files(""), None);
    }
}
