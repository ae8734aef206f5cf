//! Sample values for the pages of the gallery. All are constants, so that a page looks the same each time.

use core::time::Duration;

use crate::auth::entry::history::HistoryEntry;
use crate::auth::entry::recovery_codes::PlainRecoveryCodes;
use crate::auth::entry::sessions::{SessionKind, SessionSummary};
use crate::security::phone_rules::PhoneRules;
use crate::security::recovery_code::{CODES, RecoveryCode};
use crate::security::token::{AccountId, SessionId, TransactionId};
use crate::security::typed_number::TypedNumber;
use crate::store::payments::{Payment, PaymentState};
use crate::store::recovery_codes::RecoveryCodeSet;
use crate::web::pages::account_details::AccountDetails;
use crate::web::pages::country_list::CountryChoice;
use crate::web::pages::second_factors::SecondFactors;
use crate::web::pages::step_up::{StepUpGate, StepUpStage};
use domain::{
    ActivityEvent, Amount, Channel, CodeEntry, CodeLength, Currency, Description, Device,
    EmailAddress, FormErrors, Method, MethodOption, PaymentFailure, PaymentId, PhoneHint,
    PhoneNumber, ProtectedArea, Purpose, Recipient, SentMessage, Step, Timestamp,
};

/// Current time of all sample pages: 22 November 2026, 14:13 UTC.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_356_780_000);

pub const USERNAME: &str = "sample.user";
pub const EMAIL: &str = "sample.user@example.com";
/// Fictitious phone number: <https://en.wikipedia.org/wiki/555_(telephone_number)>.
const NUMBER: &str = "+14155550142";
const OTHER_NUMBER: &str = "+493023125042";
/// Sample token of a mailed link, which no mail contains.
pub const TOKEN: &str = "sample-token";
const SOURCE: &str = "192.0.2.17";

/// Returns the value of a sample. Panics if the sample is invalid, which the tests of the gallery rule out.
#[expect(
    clippy::expect_used,
    reason = "the samples are constants, and no request changes them"
)]
fn expect_valid_sample<T>(sample: Option<T>) -> T {
    sample.expect("a valid sample")
}

/// Returns a duration of `count` minutes.
pub const fn duration_of_minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// Returns a duration of `count` days.
const fn duration_of_days(count: u64) -> Duration {
    duration_of_minutes(24 * 60 * count)
}

/// Returns the sample time at which an account is erased, 14 days after the request.
pub fn sample_erasure_time() -> Timestamp {
    NOW + duration_of_days(14)
}

/// Returns the sample time at which an authenticator app was set up.
pub fn sample_enrolment_time() -> Timestamp {
    NOW - duration_of_days(12)
}

/// Returns the sample phone number.
pub fn sample_phone_number() -> PhoneNumber {
    expect_valid_sample(PhoneNumber::from_e164(NUMBER))
}

/// Returns the masked sample phone number.
pub fn sample_phone_hint() -> PhoneHint {
    sample_phone_number().masked_hint()
}

/// Returns the second masked sample phone number, which differs from the first.
pub fn second_sample_phone_hint() -> PhoneHint {
    expect_valid_sample(PhoneNumber::from_e164(OTHER_NUMBER)).masked_hint()
}

/// Returns the sample e-mail address.
pub fn sample_email() -> EmailAddress {
    expect_valid_sample(EmailAddress::parse(EMAIL).ok())
}

/// Returns a sample account with a verified e-mail address.
pub fn sample_account() -> AccountDetails {
    AccountDetails {
        full_name: "Sample User".to_owned(),
        username: USERNAME.to_owned(),
        email: EMAIL.to_owned(),
        email_verified: true,
        phone: Some(sample_phone_number()),
    }
}

pub const ALL_FACTORS: SecondFactors = SecondFactors {
    has_authenticator: true,
    recovery_codes: 8,
};

pub const PHONE_ONLY: SecondFactors = SecondFactors {
    has_authenticator: false,
    recovery_codes: 0,
};

/// Returns a sample list of the second factors that a user can choose from.
///
/// `has_app_and_recovery_codes` says whether the account has an authenticator app and recovery codes besides its phone.
pub fn sample_factor_methods(has_app_and_recovery_codes: bool) -> Vec<MethodOption> {
    let option = |method, enrolled, hint| MethodOption {
        method,
        enrolled,
        hint,
    };
    let mut methods = vec![
        option(Method::Sms, true, Some(sample_phone_hint())),
        option(Method::Totp, has_app_and_recovery_codes, None),
    ];
    if has_app_and_recovery_codes {
        methods.push(option(Method::Recovery, true, None));
    }
    methods
}

/// Returns the state of a code entry form whose code was sent 25 seconds ago.
pub fn sample_code_entry(purpose: Purpose) -> CodeEntry {
    CodeEntry {
        purpose,
        length: CodeLength::SIX,
        now: NOW,
        sent: Some(SentMessage {
            hint: sample_phone_hint(),
            channel: Channel::Sms,
            expires_at: NOW + Duration::from_secs(275),
            resend_at: NOW,
            offer_call: false,
        }),
    }
}

/// Returns the step in which the user enters a sample code.
///
/// The code was sent by SMS 25 seconds ago, unless `modify_sent_message` changes the message.
pub fn sample_code_step_with_sent_message(
    purpose: Purpose,
    modify_sent_message: fn(&mut SentMessage),
) -> Step {
    let mut entry = sample_code_entry(purpose);
    if let Some(sent) = &mut entry.sent {
        modify_sent_message(sent);
    }
    Step::EnterCode(entry)
}

/// Returns the step in which the user enters a code of an authenticator app.
pub fn sample_authenticator_step(purpose: Purpose) -> Step {
    Step::EnterCode(CodeEntry {
        sent: None,
        ..sample_code_entry(purpose)
    })
}

/// Returns the step in which the user enters a recovery code.
pub fn sample_recovery_code_step(purpose: Purpose) -> Step {
    Step::EnterRecoveryCode { purpose, now: NOW }
}

/// Returns a sample step-up authentication for this area of the settings.
pub fn sample_step_up(area: ProtectedArea, stage: StepUpStage, errors: FormErrors) -> StepUpGate {
    StepUpGate {
        area,
        username: USERNAME.to_owned(),
        stage,
        errors,
    }
}

/// Returns a sample payment. `number` determines the ID and the age of the payment.
fn sample_payment(
    number: u128,
    recipient: &str,
    amount: &str,
    currency: &str,
    state: PaymentState,
) -> Payment {
    let currency: Currency = expect_valid_sample(currency.parse().ok());
    let age = duration_of_minutes(u64::try_from(number).unwrap_or(0) * 1_000);
    Payment {
        id: PaymentId::from_bits(number),
        account: AccountId::from_stored(String::new()),
        flow: None,
        source: SOURCE.to_owned(),
        recipient: expect_valid_sample(Recipient::parse(recipient).ok()),
        amount: expect_valid_sample(Amount::parse(amount, currency).ok()),
        description: expect_valid_sample(Description::parse("Invoice 2026-118").ok()),
        state,
        created_at: NOW - age,
        expires_at: NOW + duration_of_minutes(5),
    }
}

/// Returns sample content for the country list of a phone field. `selected` is the code of the selected country.
pub fn sample_country_choice(selected: &str) -> CountryChoice {
    let rules = expect_valid_sample(
        PhoneRules::new("US", Some(&["BR", "DE", "FR", "GB", "JP", "US"])).ok(),
    );
    let typed = TypedNumber {
        number: "",
        country: selected,
    };
    CountryChoice::new(&rules, typed)
}

/// Returns sample content for the country list of a phone field if the server allows only one country.
pub fn sample_choice_of_one_country() -> CountryChoice {
    let rules = expect_valid_sample(PhoneRules::new("US", Some(&["US"])).ok());
    CountryChoice::new(&rules, TypedNumber::from_number_without_country(""))
}

/// Returns the sample default currency of new payments.
pub fn sample_currency() -> Currency {
    expect_valid_sample("USD".parse().ok())
}

/// Returns a sample payment in this state.
pub fn sample_payment_in_state(state: PaymentState) -> Payment {
    sample_payment(1, "Example Energy", "1250.00", "USD", state)
}

/// Returns the state of a completed sample payment.
pub fn sample_completed_payment_state() -> PaymentState {
    PaymentState::Completed {
        transaction: TransactionId::from_stored("0123456789abcdef0123456789abcdef".to_owned()),
    }
}

/// Returns the state of a failed sample payment.
pub fn sample_failed_payment_state() -> PaymentState {
    PaymentState::Failed {
        failure: PaymentFailure::Exhausted,
    }
}

/// Returns one sample payment of each status, newest first.
pub fn sample_payments() -> Vec<Payment> {
    vec![
        sample_payment_in_state(PaymentState::Pending),
        sample_payment(
            2,
            "Example Books",
            "24.90",
            "EUR",
            sample_completed_payment_state(),
        ),
        sample_payment(
            3,
            "Example Rent and Property Management",
            "980",
            "USD",
            sample_failed_payment_state(),
        ),
        sample_payment(4, "Example Travel", "312.40", "GBP", PaymentState::Expired),
        sample_payment(
            5,
            "Example Garage",
            "15000",
            "JPY",
            PaymentState::Processing,
        ),
    ]
}

/// Returns a sample event of the security history.
fn sample_history_entry(
    minutes_ago: u64,
    event: ActivityEvent,
    device: &'static str,
) -> HistoryEntry {
    HistoryEntry {
        is_caused_by_server: matches!(event, ActivityEvent::PaymentCompleted),
        event,
        at: NOW - duration_of_minutes(minutes_ago),
        source: SOURCE.to_owned(),
        device: Device::from_stored(device),
    }
}

/// Returns sample events of the security history on three days, newest first.
pub fn sample_history() -> Vec<HistoryEntry> {
    let phone = "Safari on iPhone";
    vec![
        sample_history_entry(2, ActivityEvent::SignedIn(Some(Method::Sms)), phone),
        sample_history_entry(3, ActivityEvent::CodeSent, phone),
        sample_history_entry(3, ActivityEvent::PasswordAccepted, phone),
        sample_history_entry(95, ActivityEvent::PaymentCompleted, phone),
        sample_history_entry(1_500, ActivityEvent::CodeWrong, ""),
        sample_history_entry(
            1_501,
            ActivityEvent::RecoveryCodesCreated,
            "Firefox on Linux",
        ),
        sample_history_entry(3_100, ActivityEvent::PhoneChanged, "Firefox on Linux"),
        sample_history_entry(
            3_105,
            ActivityEvent::SignedIn(Some(Method::Totp)),
            "Firefox on Linux",
        ),
    ]
}

/// Returns the previous sign-in of the sample account.
pub fn sample_last_sign_in() -> HistoryEntry {
    sample_history_entry(
        1_502,
        ActivityEvent::SignedIn(Some(Method::Totp)),
        "Firefox on Linux",
    )
}

/// Returns a sample session. `is_current` marks the session of the current browser.
fn sample_session(
    number: u32,
    device: &str,
    kind: SessionKind,
    is_current: bool,
) -> SessionSummary {
    SessionSummary {
        id: SessionId::from_stored(format!("{number:032x}")),
        kind,
        device: Device::from_stored(device),
        source: SOURCE.to_owned(),
        signed_in_at: NOW - duration_of_minutes(u64::from(number) * 700 + 2),
        last_active_at: NOW - duration_of_minutes(u64::from(number) * 45),
        is_current,
    }
}

/// Returns the sample session of the current browser.
pub fn sample_current_session() -> SessionSummary {
    sample_session(0, "Safari on iPhone", SessionKind::Browser, true)
}

/// Returns sample sessions of two browsers and of an API client.
pub fn sample_sessions() -> Vec<SessionSummary> {
    vec![
        sample_current_session(),
        sample_session(1, "Firefox on Linux", SessionKind::Browser, false),
        sample_session(3, "", SessionKind::ApiClient, false),
    ]
}

/// Returns a sample set of recovery codes without the codes.
pub fn sample_recovery_code_set() -> RecoveryCodeSet {
    RecoveryCodeSet {
        made_at: sample_enrolment_time(),
        unused: 8,
    }
}

/// Returns sample data for the page with new recovery codes. The codes belong to no account.
pub fn sample_new_recovery_codes() -> PlainRecoveryCodes {
    const LETTERS: [char; CODES] = ['2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B'];
    let code = |letter: char| {
        expect_valid_sample(RecoveryCode::parse(&format!(
            "SAMP-{letter}E0C-0DES{letter}"
        )))
    };
    PlainRecoveryCodes {
        codes: LETTERS.map(code),
        made_at: NOW,
        username: USERNAME.to_owned(),
    }
}
