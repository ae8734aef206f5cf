//! The concurrency slot of a running request, which code below the HTTP layer can free early.
//!
//! The HTTP layer limits how many requests run at once. A request that waits to compute a password hash needs no
//! processor and no database connection, so it should not occupy a slot.

use std::any::Any;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

tokio::task_local! {
    static SLOT: RequestSlot;
}

/// Concurrency slot of the request that the current task handles.
///
/// The number of slots limits how many requests run at the same time.
///
/// [`release_concurrency_slot_of_request`] frees the slot early; otherwise the end of the request frees it.
struct RequestSlot(Mutex<Option<Box<dyn Any + Send>>>);

/// Runs `request` with `slot`, a concurrency slot, until the request ends or releases the slot early.
pub async fn with_request_slot<T>(slot: impl Any + Send, request: impl Future<Output = T>) -> T {
    let slot = RequestSlot(Mutex::new(Some(Box::new(slot))));
    SLOT.scope(slot, request).await
}

/// Frees the concurrency slot of the current request before the request ends. Does nothing outside a request.
pub fn release_concurrency_slot_of_request() {
    // The error says that the task handles no request.
    let _ = SLOT.try_with(|slot| {
        let slot = slot.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(slot);
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn request_slot_is_freed_by_an_early_call_or_at_the_end_of_the_request() {
        release_concurrency_slot_of_request();
        let slots = Arc::new(Semaphore::new(1));
        for early in [true, false] {
            let slot = slots
                .clone()
                .try_acquire_owned()
                .expect("request slot is free");
            let during = with_request_slot(slot, async {
                if early {
                    release_concurrency_slot_of_request();
                    release_concurrency_slot_of_request();
                }
                slots.available_permits()
            });
            assert_eq!(during.await, usize::from(early));
            assert_eq!(slots.available_permits(), 1);
        }
    }
}
