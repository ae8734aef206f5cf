//! Executes calls to the simulated Twilio APIs: four operations of Verify v2, and message creation.

use http::StatusCode;
use rand::Rng;

use super::auth::authenticate_twilio_call;
use super::call::TwilioCall;
use super::errors::TwilioError;
use super::events::EventBuilder;
use super::form::TwilioCreate;
use super::responses::{self, add_twilio_rate_limit_headers};
use super::state::{
    CheckError, CheckResult, CheckTarget, FetchError, NewStatus, TwilioVerifications,
};
use super::verification::{
    Channel, TwilioStatus, TwilioVerification, VerificationKey, VerificationRules,
};
use super::{magic_numbers, text_message};
use crate::codes::format_voice_call_text;
use crate::faults::Operation;
use crate::identifiers::has_twilio_sid_format;
use crate::inbox::OutgoingMessage;
use crate::magic_numbers::DeliveryOutcome;
use crate::provider::Provider;
use crate::provider_call::CallOutcome;
use crate::response::ProviderResponse;
use crate::settings::{TwilioSettings, VerifyService};

/// Executes a simulated Twilio API call at `now_millis` (Unix milliseconds).
pub(crate) fn execute_twilio_call(
    settings: &TwilioSettings,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
    now_millis: i64,
    rng: &mut impl Rng,
) -> CallOutcome {
    let authenticated = authenticate_twilio_call(settings, call.head.authorization.as_deref());
    let outcome = authenticated.and_then(|()| {
        if call.head.operation == Operation::Message {
            return text_message::send_text_message(settings, call, now_millis, rng);
        }
        let events = EventBuilder {
            settings,
            service: find_service(settings, call)?,
            now_millis,
            rng,
        };
        execute_verify_call(events, verifications, call)
    });
    outcome.unwrap_or_else(|error| ProviderResponse::from(error).into())
}

/// Finds the Verify service of a Twilio call. Like Twilio, first rejects a body that is not a form.
fn find_service<'a>(
    settings: &'a TwilioSettings,
    call: &TwilioCall,
) -> Result<&'a VerifyService, TwilioError> {
    if !call.form.is_form {
        return Err(match call.head.operation {
            Operation::Update => TwilioError::invalid_parameter_error("Status"),
            _ => TwilioError::invalid_phone_number_error(""),
        });
    }
    call.form.reject_duplicate_fields()?;
    settings
        .find_verify_service(&call.container)
        .ok_or_else(|| TwilioError::resource_not_found(&call.head.path))
}

/// Executes a call to a Twilio Verify service.
fn execute_verify_call<R: Rng>(
    events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let operation = call.head.operation;
    if operation == Operation::Create {
        return create_twilio_verification(events, verifications, call);
    }
    let number = phone_number_of_call(verifications, call);
    let failure = number.and_then(|to| {
        magic_numbers::magic_number_error_after_verification_creation(
            operation,
            to,
            &call.head.path,
        )
    });
    if let Some(response) = failure {
        return Ok(response.into());
    }
    match operation {
        Operation::Check => check_twilio_code(events, verifications, call),
        Operation::Update => update_verification(events, verifications, call),
        _ => fetch_verification(&events, verifications, call).map(CallOutcome::from),
    }
}

/// Returns the phone number that a check, update or fetch call concerns.
///
/// The call contains either the phone number or the SID of a verification.
fn phone_number_of_call<'a>(
    verifications: &'a TwilioVerifications,
    call: &'a TwilioCall,
) -> Option<&'a str> {
    let given = call
        .form
        .find_non_empty_field("VerificationSid")
        .or(call.form.find_non_empty_field("To"));
    let given = given.unwrap_or(&call.target);
    if given.starts_with('+') {
        Some(given)
    } else {
        verifications.find_phone_number_of_verification(given)
    }
}

/// Executes a Twilio call that creates a verification, or sends the code of a pending one again.
fn create_twilio_verification<R: Rng>(
    mut events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let (settings, service) = (events.settings, events.service);
    let form = TwilioCreate::validate_creation_form(&call.form, service.psd2)?;
    let magic = magic_numbers::find_twilio_magic_number(form.to);
    if let Some(response) =
        magic_numbers::magic_number_error_at_verification_creation(magic, &form, &call.head.path)
    {
        return Ok(response.into());
    }
    let key = VerificationKey {
        service: service.sid.clone(),
        to: form.to.to_owned(),
        transaction: form.transaction,
    };
    if magic.is_some() {
        verifications.remove_verification_key(&key);
    }
    let rules = VerificationRules {
        code_length: service.code_length,
        lifetime_millis: i64::from(service.lifetime_secs) * 1000,
        exhausted_is_gone: settings.exhausted_is_gone,
    };
    let verification = verifications
        .create_verification_or_resend_code(key, form.options, rules, events.now_millis, events.rng)
        .map_err(|error| {
            TwilioError::from_error_code(60203).with_retry_after_secs(error.retry_after_secs)
        })?;
    let body = responses::build_twilio_verification_json(settings, verification, "pending");
    let response = ProviderResponse::json_response(StatusCode::CREATED, body)
        .with_verification_id(&verification.sid);
    let delivery = DeliveryOutcome::outcome_of_message_to_number(magic);
    Ok(CallOutcome {
        response: add_twilio_rate_limit_headers(response, 0, false),
        message: delivery
            .is_message_delivered()
            .then(|| build_twilio_code_message(service, verification, form.app_hash)),
        events: events.build_message_webhook_events(verification, delivery),
    })
}

/// Executes a Twilio call that checks a one-time code.
fn check_twilio_code<R: Rng>(
    mut events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let settings = events.settings;
    let (target, code) = parse_check_parameters(events.service, call)?;
    match verifications.check_one_time_code(&target, code, events.now_millis) {
        Ok((result, verification)) => {
            // Twilio answers "pending" to the fifth wrong code too. Only the next check gets 429.
            let (status, event) = match result {
                CheckResult::Correct => ("approved", Some("approved")),
                CheckResult::Wrong if verification.has_too_many_wrong_codes() => {
                    ("pending", Some("max-attempts-reached"))
                }
                CheckResult::Wrong => ("pending", None),
            };
            let http_status = if settings.check_answers_201 {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let body = responses::build_twilio_check_json(settings, verification, status);
            let response = ProviderResponse::json_response(http_status, body)
                .with_verification_id(&verification.sid);
            let event =
                event.map(|status| events.build_verification_status_event(verification, status));
            Ok(CallOutcome::from(response).with_webhook_events(event.into_iter().collect()))
        }
        Err(CheckError::Exhausted { sid }) => {
            let response = ProviderResponse::from(TwilioError::from_error_code(60202));
            Ok(response.with_verification_id(sid).into())
        }
        Err(CheckError::NotFound) => Err(match (target.sid, target.to) {
            (None, Some(to)) if settings.nothing_pending_is_400 => {
                TwilioError::invalid_phone_number_error(to)
            }
            _ => TwilioError::resource_not_found(&call.head.path),
        }),
    }
}

/// Parses the verification and the code from the parameters of a Twilio check call.
fn parse_check_parameters<'a>(
    service: &'a VerifyService,
    call: &'a TwilioCall,
) -> Result<(CheckTarget<'a>, &'a str), TwilioError> {
    let (to, sid) = (
        call.form.find_non_empty_field("To"),
        call.form.find_non_empty_field("VerificationSid"),
    );
    if to.is_none() && sid.is_none() {
        return Err(TwilioError::from_error_code(60221));
    }
    if to.is_some() {
        call.form.parse_destination_phone_number()?;
    }
    if sid.is_some_and(|sid| !has_twilio_sid_format(sid, "VE")) {
        return Err(TwilioError::invalid_parameter_error("VerificationSid"));
    }
    let code = call.form.find_non_empty_field("Code").unwrap_or_default();
    if !(4..=10).contains(&code.chars().count()) {
        return Err(TwilioError::invalid_parameter_error("Code"));
    }
    let target = CheckTarget {
        service: &service.sid,
        sid,
        to,
        transaction: service
            .psd2
            .then(|| call.form.parse_payment_amount_and_payee())
            .transpose()?,
    };
    Ok((target, code))
}

/// Executes a Twilio call that sets the status of a verification.
fn update_verification<R: Rng>(
    mut events: EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<CallOutcome, TwilioError> {
    let (status, new_status) = match call.form.find_non_empty_field("Status") {
        Some("canceled") => ("canceled", NewStatus::Canceled),
        Some("approved") => ("approved", NewStatus::Approved),
        _ => return Err(TwilioError::invalid_parameter_error("Status")),
    };
    let verification = verifications
        .set_verification_status(
            &events.service.sid,
            &call.target,
            new_status,
            events.now_millis,
        )
        .ok_or_else(|| TwilioError::resource_not_found(&call.head.path))?;
    let body = responses::build_twilio_verification_json(events.settings, verification, status);
    let response = ProviderResponse::json_response(StatusCode::OK, body)
        .with_verification_id(&verification.sid);
    let event = events.build_verification_status_event(verification, status);
    Ok(CallOutcome::from(response).with_webhook_events(vec![event]))
}

/// Executes a Twilio call that reads a verification.
fn fetch_verification<R: Rng>(
    events: &EventBuilder<'_, R>,
    verifications: &mut TwilioVerifications,
    call: &TwilioCall,
) -> Result<ProviderResponse, TwilioError> {
    let not_found = || TwilioError::resource_not_found(&call.head.path);
    let verification = verifications
        .fetch_verification(&events.service.sid, &call.target, events.now_millis)
        .map_err(|error| match error {
            FetchError::NotFound => not_found(),
            FetchError::TooMany { retry_after_secs } => {
                TwilioError::from_error_code(20429).with_retry_after_secs(retry_after_secs)
            }
        })?;
    let status = match verification.status_at(events.now_millis) {
        TwilioStatus::Pending => "pending",
        TwilioStatus::Exhausted => "max_attempts_reached",
        TwilioStatus::Canceled => "canceled",
        TwilioStatus::Deleted => return Err(not_found()),
    };
    let body = responses::build_twilio_verification_json(events.settings, verification, status);
    Ok(ProviderResponse::json_response(StatusCode::OK, body)
        .with_verification_id(&verification.sid))
}

/// Returns the text message or voice call with the code of a verification.
fn build_twilio_code_message(
    service: &VerifyService,
    verification: &TwilioVerification,
    app_hash: Option<&str>,
) -> OutgoingMessage {
    OutgoingMessage {
        to: verification.key.to.clone(),
        body: write_code_message_text(service, verification, app_hash),
        code: Some(verification.code.clone()),
        channel: verification.channel.as_str(),
        provider: Provider::Twilio,
        service: Some(service.sid.clone()),
        verification: Some(verification.sid.clone()),
    }
}

/// Returns the text of a message with a code, in Twilio's default wording.
///
/// With an app hash, a text message has the format of the Android SMS Retriever API:
/// <https://developers.google.com/identity/sms-retriever/verify>.
fn write_code_message_text(
    service: &VerifyService,
    verification: &TwilioVerification,
    app_hash: Option<&str>,
) -> String {
    let (name, code) = (&service.friendly_name, &verification.code);
    if verification.channel == Channel::Call {
        return format_voice_call_text(name, code);
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
