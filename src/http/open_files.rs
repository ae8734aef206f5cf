//! Divides the limit of open files between client connections and provider calls.

use super::accept_loop::HEALTH_RESERVE;

/// The number of open files that are reserved for other uses, such as database, log and mail.
const RESERVED_FILES: usize = 256;

/// Division of the process's open-file limit: the maximum numbers of client connections and of provider calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileBudget {
    /// Maximum number of client connections, without the health reserve.
    pub connections: usize,
    /// Maximum number of concurrent calls that send a code.
    pub provider_sends: usize,
    /// Maximum number of concurrent calls that check a code.
    pub provider_checks: usize,
}

impl FileBudget {
    const MAX_PROVIDER_SENDS: usize = 512;
    const MIN_PROVIDER_SENDS: usize = 16;

    /// Divides a limit of `max_files` open files between client connections, provider calls and the database.
    ///
    /// `max_connections` is the configured maximum of client connections.
    pub fn from_open_file_limit(max_files: usize, max_connections: usize) -> Self {
        // Without this division, client connections could use all open files, and the server could not open its
        // database.
        let sends = max_files / 8;
        let sends = sends.clamp(Self::MIN_PROVIDER_SENDS, Self::MAX_PROVIDER_SENDS);
        let checks = sends / 2;
        let reserved = RESERVED_FILES + HEALTH_RESERVE + sends + checks;
        Self {
            connections: max_connections.min(max_files.saturating_sub(reserved).max(1)),
            provider_sends: sends,
            provider_checks: checks,
        }
    }

    /// Raises the soft limit of open files of this process to the hard limit, and divides the files.
    ///
    /// The files are for client connections, provider calls and the database. `max_connections` is the configured
    /// maximum of client connections.
    pub fn raise_open_file_limit_and_divide_files(max_connections: usize) -> Self {
        // The soft limit is often 1,024. Only programs that use select(2) need it to be low, and this one does not.
        let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
            tracing::warn!(%error, "raising the limit of open files failed; the server assumes a limit of 1,024");
            1_024
        });
        let budget = Self::from_open_file_limit(
            usize::try_from(files).unwrap_or(usize::MAX),
            max_connections,
        );
        if budget.connections < max_connections {
            tracing::warn!(
                "connection limit reduced from {max_connections} to {}: the process may open only {files} files; \
                 raise its hard limit of open files",
                budget.connections
            );
        }
        budget
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_limit_is_derived_from_the_limit_of_open_files() {
        for (files, wanted, connections, sends) in [
            (1_048_576, 10_000, 10_000, 512),
            (16_384, 10_000, 10_000, 512),
            (4_096, 10_000, 3_056, 512),
            (1_024, 10_000, 560, 128),
            (1_024, 100, 100, 128),
            (256, 10_000, 1, 32),
        ] {
            let budget = FileBudget::from_open_file_limit(files, wanted);
            assert_eq!(budget.connections, connections, "{files}");
            assert_eq!(budget.provider_sends, sends, "{files}");
            assert_eq!(budget.provider_checks, sends / 2, "{files}");
        }
    }
}
