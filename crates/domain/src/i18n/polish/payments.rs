use crate::i18n::pages::PaymentTexts;
use crate::payment_status::{PaymentFailure, PaymentStatus};

pub const PAYMENT_TEXTS: PaymentTexts = PaymentTexts {
    title: "Płatność",
    new: "Nowa płatność",
    list_title: "Płatności",
    list_lead: "Płatności od najnowszej.",
    none: "Nie ma jeszcze płatności.",
    recent: "Ostatnie płatności",
    all: "Wszystkie płatności",
    status: "Stan",
    transaction: "Transakcja",
    state: |status| match status {
        PaymentStatus::Pending => "Czeka na potwierdzenie",
        PaymentStatus::Processing => "W toku",
        PaymentStatus::Completed => "Wykonana",
        PaymentStatus::Failed => "Nieudana",
        PaymentStatus::Expired => "Wygasła",
    },
    pending_elsewhere: "Ta płatność czeka na kod w przeglądarce i sesji, w której ją rozpoczęto.",
    processing: "Płatność jest w toku. Aby zobaczyć wynik, proszę odświeżyć tę stronę.",
    check_again: "Sprawdź ponownie",
    completed: "Płatność została wykonana.",
    expired: "Płatności nie potwierdzono na czas. Nic nie zapłacono.",
    failed: |failure| match failure {
        PaymentFailure::NotSent => "Nie udało się wysłać kodu. Nic nie zapłacono.",
        PaymentFailure::Exhausted => "Wpisano zbyt wiele błędnych kodów. Nic nie zapłacono.",
        PaymentFailure::Cancelled => "Płatność została anulowana. Nic nie zapłacono.",
        PaymentFailure::Superseded => "Zamiast niej rozpoczęto inną płatność. Nic nie zapłacono.",
        PaymentFailure::Voided => "Konto w międzyczasie się zmieniło. Nic nie zapłacono.",
        PaymentFailure::Declined => "Płatność została odrzucona. Nic nie zapłacono.",
    },
    held: "Wstrzymana",
    quote: |amount, recipient| format!("{amount} dla {recipient}"),
    waiting: |amount, recipient| format!("Płatność {amount} na rzecz {recipient} czeka na kod. "),
    go_on: "Potwierdź teraz",
    back: "Wróć do pulpitu",
};
