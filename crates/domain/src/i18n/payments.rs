use crate::{PaymentFailure, PaymentStatus};

/// What the pages of payments say.
pub struct Payments {
    pub title: &'static str,
    pub new: &'static str,
    pub status: &'static str,
    pub transaction: &'static str,
    pub state: fn(PaymentStatus) -> &'static str,
    pub pending_elsewhere: &'static str,
    pub processing: &'static str,
    pub completed: &'static str,
    pub expired: &'static str,
    pub failed: fn(PaymentFailure) -> &'static str,
    /// With amount and recipient.
    pub waiting: fn(&str, &str) -> String,
    pub go_on: &'static str,
    pub back: &'static str,
}
