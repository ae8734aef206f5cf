use crate::i18n::pages::PaymentTexts;
use crate::payment_status::{PaymentFailure, PaymentStatus};

pub const PAYMENT_TEXTS: PaymentTexts = PaymentTexts {
    title: "Payment",
    new: "New payment",
    list_title: "Payments",
    list_lead: "Your payments, the newest first.",
    none: "No payments yet.",
    recent: "Recent payments",
    all: "All payments",
    status: "Status",
    transaction: "Transaction",
    state: |status| match status {
        PaymentStatus::Pending => "Pending",
        PaymentStatus::Processing => "Processing",
        PaymentStatus::Completed => "Completed",
        PaymentStatus::Failed => "Failed",
        PaymentStatus::Expired => "Expired",
    },
    pending_elsewhere: "This payment is waiting for its code, in the browser and session where it was started.",
    processing: "The payment is being processed. Reload this page to see the result.",
    check_again: "Check again",
    completed: "The payment was made.",
    expired: "The payment was not confirmed in time. Nothing was paid.",
    failed: |failure| match failure {
        PaymentFailure::NotSent => "The code could not be sent, so nothing was paid.",
        PaymentFailure::Exhausted => "Too many wrong codes were entered, so nothing was paid.",
        PaymentFailure::Cancelled => "The payment was cancelled. Nothing was paid.",
        PaymentFailure::Superseded => "Another payment was started in its place. Nothing was paid.",
        PaymentFailure::Voided => "Your account changed in the meantime, so nothing was paid.",
        PaymentFailure::Declined => "The payment was declined. Nothing was paid.",
    },
    held: "On hold",
    quote: |amount, recipient| format!("{amount} to {recipient}"),
    waiting: |amount, recipient| {
        format!("Your payment of {amount} to {recipient} is waiting for its code. ")
    },
    go_on: "Confirm it",
    back: "Back to the dashboard",
};
