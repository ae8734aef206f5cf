//! Disables core dumps, because they contain the secrets in memory.

use rlimit::Resource;

/// Sets the limit on the size of core dumps of this process to zero (docs/security.md#leak-09).
///
/// The hard limit is zero too, so that the process cannot raise the limit again. Programs that receive core dumps from
/// the kernel, such as systemd-coredump, read the same limit.
pub(super) fn disable_core_dumps() {
    match rlimit::setrlimit(Resource::CORE, 0, 0) {
        Ok(()) => tracing::debug!("core dumps are disabled"),
        Err(error) => {
            tracing::warn!(%error, "disabling core dumps failed: a crash can write secrets to a file; set the limit of core dumps to 0 in the service manager");
        }
    }
}
