//! Executes calls to the simulated Telnyx Verify API.

use http::StatusCode;
use rand::Rng;
use serde_json::Value;

use super::auth::authenticate_telnyx_call;
use super::call::{CallTarget, TelnyxCall};
use super::errors::TelnyxError;
use super::responses::{self, build_telnyx_success_response};
use super::state::{TelnyxCheckError, TelnyxVerifications};
use super::verification::{MessageType, NewVerification, TelnyxVerification};
use super::{events, magic_numbers};
use crate::codes::{format_voice_call_text, is_e164_phone_number};
use crate::faults::Operation;
use crate::identifiers::is_uuid;
use crate::inbox::OutgoingMessage;
use crate::magic_numbers::DeliveryOutcome;
use crate::provider::Provider;
use crate::provider_call::CallOutcome;
use crate::response::ProviderResponse;
use crate::settings::{TelnyxSettings, VerifyProfile};

/// Executes a simulated Telnyx API call at `now_millis` (Unix milliseconds).
pub(crate) fn execute_telnyx_call(
    settings: &TelnyxSettings,
    verifications: &mut TelnyxVerifications,
    call: &TelnyxCall,
    now_millis: i64,
    rng: &mut impl Rng,
) -> CallOutcome {
    let operation = call.head.operation;
    let authenticated = authenticate_telnyx_call(settings, call.head.authorization.as_deref());
    let number = phone_number_of_call(verifications, &call.target);
    let failure = number.and_then(|number| {
        magic_numbers::magic_number_error_after_verification_creation(operation, number)
    });
    let outcome = authenticated.and_then(|()| match (failure, operation, &call.target) {
        (Some(response), ..) => Ok(response.into()),
        (_, Operation::Create, CallTarget::New(kind)) => {
            create_telnyx_verification(settings, *kind, verifications, call, now_millis, rng)
        }
        (_, Operation::Check, target) => {
            check_telnyx_code(settings, target, verifications, call, now_millis)
                .map(CallOutcome::from)
        }
        (_, Operation::Fetch, CallTarget::Id(id)) => {
            fetch_telnyx_verification(verifications, id, now_millis).map(CallOutcome::from)
        }
        (_, Operation::Fetch, CallTarget::Number(number)) => {
            list_telnyx_verifications(verifications, number, now_millis).map(CallOutcome::from)
        }
        _ => Err(TelnyxError::resource_not_found()),
    });
    outcome.unwrap_or_else(|error| ProviderResponse::from(error).into())
}

/// Returns the phone number of the verification that a check or fetch call concerns.
fn phone_number_of_call<'a>(
    verifications: &'a TelnyxVerifications,
    target: &'a CallTarget,
) -> Option<&'a str> {
    match target {
        CallTarget::New(_) => None,
        CallTarget::Id(id) => Some(
            &verifications
                .find_verification_by_id(id)?
                .parameters
                .phone_number,
        ),
        CallTarget::Number(number) => Some(number),
    }
}

/// Executes a Telnyx call that creates a verification and sends its code.
fn create_telnyx_verification(
    settings: &TelnyxSettings,
    kind: MessageType,
    verifications: &mut TelnyxVerifications,
    call: &TelnyxCall,
    now_millis: i64,
    rng: &mut impl Rng,
) -> Result<CallOutcome, TelnyxError> {
    call.body.require_json_object()?;
    let request = call.body.validate_verification_creation(kind)?;
    let profile = settings.find_verify_profile(request.profile);
    let profile = profile.ok_or_else(TelnyxError::resource_not_found)?;
    let magic = magic_numbers::find_telnyx_magic_number(request.phone_number);
    if let Some(response) = magic_numbers::magic_number_error_at_verification_creation(magic) {
        return Ok(response.into());
    }
    let parameters = NewVerification {
        kind,
        phone_number: request.phone_number.to_owned(),
        profile: profile.id.clone(),
        code_length: profile.code_length,
        timeout_secs: request.timeout_secs.unwrap_or(profile.timeout_secs),
        custom_code: request.custom_code.map(str::to_owned),
        extension: request.extension.map(str::to_owned),
        max_wrong_checks: settings.max_wrong_checks,
    };
    let verification = verifications.create_pending_verification(parameters, now_millis, rng);
    let delivery = DeliveryOutcome::outcome_of_message_to_number(magic);
    let body = responses::build_telnyx_verification_json(&verification, now_millis);
    Ok(CallOutcome {
        response: build_telnyx_success_response(&body).with_verification_id(&verification.id),
        message: delivery
            .is_message_delivered()
            .then(|| build_telnyx_code_message(profile, &verification)),
        events: events::build_message_delivery_events(&verification, delivery, now_millis, rng),
    })
}

/// Executes a Telnyx call that checks a one-time code.
fn check_telnyx_code(
    settings: &TelnyxSettings,
    target: &CallTarget,
    verifications: &mut TelnyxVerifications,
    call: &TelnyxCall,
    now_millis: i64,
) -> Result<ProviderResponse, TelnyxError> {
    call.body.require_json_object()?;
    let names_verification_id = matches!(target, CallTarget::Id(_));
    let input = call.body.parse_input_of_code_check(names_verification_id)?;
    let id = match target {
        CallTarget::Id(id) if is_uuid(id) => id.clone(),
        CallTarget::Number(number) if is_e164_phone_number(number) => {
            let profile = call.body.require_verify_profile_id()?;
            let id = verifications.find_newest_verification_of_number(profile, number, now_millis);
            id.ok_or_else(TelnyxError::resource_not_found)?.to_owned()
        }
        CallTarget::Number(_) => return Err(TelnyxError::from_error_code(10016)),
        CallTarget::Id(_) | CallTarget::New(_) => return Err(TelnyxError::resource_not_found()),
    };
    let checked = verifications.check_one_time_code(&id, input, now_millis);
    let (code, verification) = checked.map_err(|error| match error {
        TelnyxCheckError::NotFound => TelnyxError::resource_not_found(),
        TelnyxCheckError::NoCustomCode => {
            TelnyxError::from_error_code(10015).with_json_pointer("/status")
        }
    })?;
    let number = &verification.parameters.phone_number;
    let body =
        responses::build_telnyx_check_result_json(number, code, settings.expired_is_rejected);
    Ok(build_telnyx_success_response(&body).with_verification_id(&verification.id))
}

/// Executes a Telnyx call that reads a verification by its id.
fn fetch_telnyx_verification(
    verifications: &TelnyxVerifications,
    id: &str,
    now_millis: i64,
) -> Result<ProviderResponse, TelnyxError> {
    let verification = verifications
        .find_verification_by_id(id)
        .ok_or_else(TelnyxError::resource_not_found)?;
    let body = responses::build_telnyx_verification_json(verification, now_millis);
    Ok(build_telnyx_success_response(&body).with_verification_id(&verification.id))
}

/// Executes a Telnyx call that lists the verifications of a phone number.
fn list_telnyx_verifications(
    verifications: &TelnyxVerifications,
    number: &str,
    now_millis: i64,
) -> Result<ProviderResponse, TelnyxError> {
    if !is_e164_phone_number(number) {
        return Err(TelnyxError::from_error_code(10016));
    }
    let found: Vec<Value> = verifications
        .list_verifications_of_number(number)
        .map(|verification| responses::build_telnyx_verification_json(verification, now_millis))
        .collect();
    Ok(ProviderResponse::json_response(
        StatusCode::OK,
        responses::build_verification_list_json(&found),
    ))
}

/// Returns the text message or voice call with the code, in Telnyx's default wording.
fn build_telnyx_code_message(
    profile: &VerifyProfile,
    verification: &TelnyxVerification,
) -> OutgoingMessage {
    let (name, code) = (&profile.app_name, &verification.code);
    let body = match verification.parameters.kind {
        MessageType::Sms | MessageType::Whatsapp => {
            format!("Your {name} verification code is: {code}.")
        }
        MessageType::Call => format_voice_call_text(name, code),
        MessageType::Flashcall => format!("A missed call from a number that ends in {code}."),
    };
    OutgoingMessage {
        to: verification.parameters.phone_number.clone(),
        body,
        code: Some(code.clone()),
        channel: verification.parameters.kind.name_in_telnyx_api(),
        provider: Provider::Telnyx,
        service: Some(profile.id.clone()),
        verification: Some(verification.id.clone()),
    }
}
