//! Executes calls to Twilio: the four operations of Verify v2, and message creation.

use http::StatusCode;
use rand::Rng;

use super::auth::authenticate;
use super::call::TwilioCall;
use super::errors::TwilioError;
use super::events::EventBuilder;
use super::form::TwilioCreate;
use super::responses::{self, with_rate_limit_headers};
use super::state::{
    CheckError, CheckResult, CheckTarget, FetchError, NewStatus, TwilioVerifications,
};
use super::verification::{
    Channel, TwilioStatus, TwilioVerification, VerificationKey, VerificationRules,
};
use super::{magic_numbers, text_message};
use crate::codes::spoken;
use crate::faults::Operation;
use crate::identifiers::is_sid;
use crate::inbox::OutgoingMessage;
use crate::magic_numbers::DeliveryOutcome;
use crate::provider::Provider;
use crate::provider_call::CallOutcome;
use crate::response::ProviderResponse;
use crate::settings::{TwilioSettings, VerifyService};

/// Executes a call at `now` (Unix milliseconds).
pub(crate) fn execute(
    settings: &TwilioSettings,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
    now: i64,
    rng: &mut impl Rng,
) -> CallOutcome {
    let authenticated = authenticate(settings, call.head.authorization.as_deref());
    let outcome = authenticated.and_then(|()| {
        if call.head.operation == Operation::Message {
            return text_message::send(settings, call, now, rng);
        }
        let events = EventBuilder {
            settings,
            service: find_service(settings, call)?,
            now,
            rng,
        };
        verify(events, verifications, call)
    });
    outcome.unwrap_or_else(|error| ProviderResponse::from(error).into())
}

/// Returns the service of a call. The body must be a form before Twilio looks at the service.
fn find_service<'a>(
    settings: &'a TwilioSettings,
    call: &TwilioCall,
) -> Result<&'a VerifyService, TwilioError> {
    if !call.form.is_form {
        return Err(match call.head.operation {
            Operation::Update => TwilioError::invalid("Status"),
            _ => TwilioError::invalid_to(""),
        });
    }
    call.form.reject_duplicates()?;
    settings
        .service(&call.container)
        .ok_or_else(|| TwilioError::not_found(&call.head.path))
}

fn verify<R: Rng>(
    events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let operation = call.head.operation;
    if operation == Operation::Create {
        return create(events, verifications, call);
    }
    let number = phone_number(verifications, call);
    let failure =
        number.and_then(|to| magic_numbers::later_failure(operation, to, &call.head.path));
    if let Some(response) = failure {
        return Ok(response.into());
    }
    match operation {
        Operation::Check => check(events, verifications, call),
        Operation::Update => update(events, verifications, call),
        _ => fetch(&events, verifications, call).map(CallOutcome::from),
    }
}

/// Returns the phone number that a check, update or fetch concerns: the one in the call, or that of
/// the verification in the call.
fn phone_number<'a>(
    verifications: &'a TwilioVerifications,
    call: &'a TwilioCall,
) -> Option<&'a str> {
    let given = call.form.get("VerificationSid").or(call.form.get("To"));
    let given = given.unwrap_or(&call.target);
    if given.starts_with('+') {
        Some(given)
    } else {
        verifications.number_of(given)
    }
}

fn create<R: Rng>(
    mut events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let (settings, service) = (events.settings, events.service);
    let form = TwilioCreate::read(&call.form, service.psd2)?;
    let magic = magic_numbers::lookup(form.to);
    if let Some(response) = magic_numbers::create_failure(magic, &form, &call.head.path) {
        return Ok(response.into());
    }
    let key = VerificationKey {
        service: service.sid.clone(),
        to: form.to.to_owned(),
        transaction: form.transaction,
    };
    if magic.is_some() {
        verifications.detach(&key);
    }
    let rules = VerificationRules {
        code_length: service.code_length,
        lifetime_millis: i64::from(service.lifetime_secs) * 1000,
        exhausted_is_gone: settings.exhausted_is_gone,
    };
    let verification = verifications
        .create(key, form.options, rules, events.now, events.rng)
        .map_err(|error| TwilioError::of(60203).retry_after(error.retry_after_secs))?;
    let body = responses::verification(settings, verification, "pending");
    let response =
        ProviderResponse::json(StatusCode::CREATED, body).for_verification(&verification.sid);
    let delivery = DeliveryOutcome::of(magic);
    Ok(CallOutcome {
        response: with_rate_limit_headers(response, 0, false),
        message: delivery
            .arrives()
            .then(|| message(service, verification, form.app_hash)),
        events: events.of_message(verification, delivery),
    })
}

fn check<R: Rng>(
    mut events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let settings = events.settings;
    let (target, code) = check_parameters(events.service, call)?;
    match verifications.check(&target, code, events.now) {
        Ok((result, verification)) => {
            // Twilio answers "pending" to the fifth wrong code too. Only the next check gets 429.
            let (status, event) = match result {
                CheckResult::Correct => ("approved", Some("approved")),
                CheckResult::Wrong if verification.is_exhausted() => {
                    ("pending", Some("max-attempts-reached"))
                }
                CheckResult::Wrong => ("pending", None),
            };
            let http_status = if settings.check_answers_201 {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let body = responses::verification_check(settings, verification, status);
            let response =
                ProviderResponse::json(http_status, body).for_verification(&verification.sid);
            let event = event.map(|status| events.of_verification(verification, status));
            Ok(CallOutcome::from(response).with_events(event.into_iter().collect()))
        }
        Err(CheckError::Exhausted { sid }) => {
            let response = ProviderResponse::from(TwilioError::of(60202));
            Ok(response.for_verification(sid).into())
        }
        Err(CheckError::NotFound) => Err(match (target.sid, target.to) {
            (None, Some(to)) if settings.nothing_pending_is_400 => TwilioError::invalid_to(to),
            _ => TwilioError::not_found(&call.head.path),
        }),
    }
}

/// Returns the verification that a check names, and the code to check.
fn check_parameters<'a>(
    service: &'a VerifyService,
    call: &'a TwilioCall,
) -> Result<(CheckTarget<'a>, &'a str), TwilioError> {
    let (to, sid) = (call.form.get("To"), call.form.get("VerificationSid"));
    if to.is_none() && sid.is_none() {
        return Err(TwilioError::of(60221));
    }
    if to.is_some() {
        call.form.phone_number()?;
    }
    if sid.is_some_and(|sid| !is_sid(sid, "VE")) {
        return Err(TwilioError::invalid("VerificationSid"));
    }
    let code = call.form.get("Code").unwrap_or_default();
    if !(4..=10).contains(&code.chars().count()) {
        return Err(TwilioError::invalid("Code"));
    }
    let target = CheckTarget {
        service: &service.sid,
        sid,
        to,
        transaction: service.psd2.then(|| call.form.transaction()).transpose()?,
    };
    Ok((target, code))
}

fn update<R: Rng>(
    mut events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let (status, new_status) = match call.form.get("Status") {
        Some("canceled") => ("canceled", NewStatus::Canceled),
        Some("approved") => ("approved", NewStatus::Approved),
        _ => return Err(TwilioError::invalid("Status")),
    };
    let verification = verifications
        .update(&events.service.sid, &call.target, new_status, events.now)
        .ok_or_else(|| TwilioError::not_found(&call.head.path))?;
    let body = responses::verification(events.settings, verification, status);
    let response = ProviderResponse::json(StatusCode::OK, body).for_verification(&verification.sid);
    let event = events.of_verification(verification, status);
    Ok(CallOutcome::from(response).with_events(vec![event]))
}

fn fetch<R: Rng>(
    events: &EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<ProviderResponse, TwilioError> {
    let not_found = || TwilioError::not_found(&call.head.path);
    let verification = verifications
        .fetch(&events.service.sid, &call.target, events.now)
        .map_err(|error| match error {
            FetchError::NotFound => not_found(),
            FetchError::TooMany { retry_after_secs } => {
                TwilioError::of(20429).retry_after(retry_after_secs)
            }
        })?;
    let status = match verification.status_at(events.now) {
        TwilioStatus::Pending => "pending",
        TwilioStatus::Exhausted => "max_attempts_reached",
        TwilioStatus::Canceled => "canceled",
        TwilioStatus::Deleted => return Err(not_found()),
    };
    let body = responses::verification(events.settings, verification, status);
    Ok(ProviderResponse::json(StatusCode::OK, body).for_verification(&verification.sid))
}

/// Returns the message that carries the code.
fn message(
    service: &VerifyService,
    verification: &TwilioVerification,
    app_hash: Option<&str>,
) -> OutgoingMessage {
    OutgoingMessage {
        to: verification.key.to.clone(),
        body: message_text(service, verification, app_hash),
        code: Some(verification.code.clone()),
        channel: verification.channel.name(),
        provider: Provider::Twilio,
        service: Some(service.sid.clone()),
        verification: Some(verification.sid.clone()),
    }
}

/// Returns Twilio's default text. A text message with an app hash has the format of the Android SMS
/// Retriever API: <https://developers.google.com/identity/sms-retriever/verify>.
fn message_text(
    service: &VerifyService,
    verification: &TwilioVerification,
    app_hash: Option<&str>,
) -> String {
    let (name, code) = (&service.friendly_name, &verification.code);
    if verification.channel == Channel::Call {
        return spoken(name, code);
    }
    let mut text = format!("Your {name} verification code is: {code}");
    if let Some(payment) = &verification.key.transaction {
        text = format!("{text} to pay {} to {}", payment.amount, payment.payee);
    }
    match app_hash {
        Some(hash) => format!("<#> {text} {hash}"),
        None => text,
    }
}
