//! Parses the response bodies of Twilio. Its specification requires no field, so every field may be missing or null,
//! and unlisted fields are ignored (`docs/verify-contract.md#section-2-1`).

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::Value;

use crate::api_call::{CallError, ErrorDetails, Parameter, SuccessResponse, execute_request};
use crate::identifiers::{ServiceId, VerificationId, is_twilio_sid};
use crate::outcome::{Sent, Verdict};
use crate::verifier::{CheckRequest, SendRequest, Transaction};
use domain::{Channel, PhoneNumber};

/// The name of the provider in logs.
pub(super) const PROVIDER: &str = "twilio";

/// Sends an HTTP request to Twilio, and parses responses and errors in its format.
pub(super) async fn execute_twilio_request(
    call: RequestBuilder,
) -> Result<SuccessResponse<Resource>, CallError> {
    execute_request::<Resource, ErrorBody>(call).await
}

/// Body of a successful Twilio response: a verification
/// (<https://www.twilio.com/docs/verify/api/verification#verification-response-properties>) or a text message
/// (<https://www.twilio.com/docs/messaging/api/message-resource>), which has only `sid`.
///
/// Parsing fails if a field occurs twice.
#[derive(Deserialize)]
pub(super) struct Resource {
    sid: Option<String>,
    service_sid: Option<String>,
    to: Option<String>,
    channel: Option<String>,
    status: Option<String>,
    valid: Option<Value>,
    amount: Option<String>,
    payee: Option<String>,
}

/// Status of a verification at Twilio (`docs/verify-contract.md#section-2-7`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum VerificationStatus {
    Pending,
    Approved,
    Canceled,
    /// Too many wrong codes, or too many sends.
    MaxAttemptsReached,
    Deleted,
    Failed,
    Expired,
    /// The status is missing, or Twilio does not document it.
    Unrecognised,
}

impl SuccessResponse<Resource> {
    /// Converts the response to the result of a send.
    ///
    /// Fails if the response names another number or service, or a verification that has ended.
    pub(super) fn into_send_result(self, request: &SendRequest<'_>) -> Result<Sent, CallError> {
        use VerificationStatus as Status;
        let body = &self.body;
        let matches_request = body.matches_service(request.service)
            && body.matches_phone_number(request.to)
            && body.matches_payment(request.transaction);
        let live = matches!(
            body.parse_verification_status(),
            Status::Pending | Status::Unrecognised
        );
        let sid = body.sid.as_deref().filter(|sid| is_twilio_sid(sid, "VE"));
        match sid.and_then(VerificationId::parse_provider_id) {
            Some(verification) if matches_request && live => Ok(Sent {
                verification,
                service: request.service.clone(),
                channel: body.parse_message_channel().unwrap_or(request.channel),
            }),
            _ => Err(self.create_error_for_unexpected_response(
                "the response is not about the verification just created",
            )),
        }
    }

    /// Converts the response to a verdict on the code.
    ///
    /// The code is correct only if the response is about the requested verification and contains the status `approved`.
    pub(super) fn into_verdict(self, check: &CheckRequest<'_>) -> Result<Verdict, CallError> {
        // The legacy field `valid` is not sufficient.
        use VerificationStatus as Status;
        let body = &self.body;
        let matches_request = body.matches_verification(check.verification)
            && body.matches_service(check.service)
            && body.matches_phone_number(check.to)
            && body.matches_payment(check.transaction);
        if !matches_request {
            return Err(self.create_error_for_unexpected_response(
                "the response is about another verification",
            ));
        }
        match body.parse_verification_status() {
            Status::Approved => Ok(Verdict::Approved),
            Status::Pending if body.valid == Some(Value::Bool(true)) => Ok(Verdict::Contradictory),
            Status::Pending => Ok(Verdict::Wrong),
            Status::Canceled | Status::Deleted | Status::Expired => Ok(Verdict::NoLiveVerification),
            Status::MaxAttemptsReached => Ok(Verdict::ChecksExhausted),
            Status::Failed | Status::Unrecognised => {
                Err(self.create_error_for_unexpected_response("the status is no verdict"))
            }
        }
    }

    /// Checks that the response shows the requested verification as cancelled.
    pub(super) fn ensure_verification_cancelled(
        self,
        service: &ServiceId,
        sid: &VerificationId,
    ) -> Result<(), CallError> {
        let body = &self.body;
        let matches_request = body.matches_verification(sid) && body.matches_service(service);
        if matches_request && body.parse_verification_status() == VerificationStatus::Canceled {
            return Ok(());
        }
        Err(self.create_error_for_unexpected_response(
            "the response does not show the verification as cancelled",
        ))
    }

    /// Checks that the response contains the SID of a text message, which begins with `SM` or `MM`.
    ///
    /// See <https://www.twilio.com/docs/messaging/api/message-resource>.
    pub(super) fn ensure_message_created(self) -> Result<(), CallError> {
        let sid = self.body.sid.as_deref().unwrap_or_default();
        if is_twilio_sid(sid, "SM") || is_twilio_sid(sid, "MM") {
            return Ok(());
        }
        Err(self.create_error_for_unexpected_response("the response is not about a message"))
    }

    /// Creates the error for a successful response that does not match the request.
    fn create_error_for_unexpected_response(&self, cause: &'static str) -> CallError {
        CallError::from_unusable_response(Some(self.status), cause)
    }
}

impl Resource {
    /// Returns whether the response contains the ID of this verification.
    fn matches_verification(&self, verification_id: &VerificationId) -> bool {
        self.sid.as_deref() == Some(verification_id.as_str())
    }

    /// Returns whether the response contains the ID of this Verify service.
    fn matches_service(&self, service: &ServiceId) -> bool {
        self.service_sid.as_deref() == Some(service.as_str())
    }

    /// Returns whether the response contains this phone number.
    fn matches_phone_number(&self, number: &PhoneNumber) -> bool {
        self.to.as_deref() == Some(number.as_e164())
    }

    /// Returns whether amount and payee in the response are those of `transaction`.
    ///
    /// An absent amount or payee counts as equal.
    fn matches_payment(&self, transaction: Option<&Transaction>) -> bool {
        // Missing fields are accepted: Twilio binds amount and payee to the SID, and stores them for one day only.
        let agrees = |reported: &Option<String>, expected: &str| {
            reported.as_deref().is_none_or(|text| text == expected)
        };
        transaction.is_none_or(|transaction| {
            agrees(&self.amount, &transaction.amount) && agrees(&self.payee, &transaction.payee)
        })
    }

    /// Parses the status of a verification, case-sensitively.
    fn parse_verification_status(&self) -> VerificationStatus {
        // `Approved` or `approved ` must not approve.
        use VerificationStatus as Status;
        match self.status.as_deref() {
            Some("pending") => Status::Pending,
            Some("approved") => Status::Approved,
            Some("canceled") => Status::Canceled,
            Some("max_attempts_reached") => Status::MaxAttemptsReached,
            Some("deleted") => Status::Deleted,
            Some("failed") => Status::Failed,
            Some("expired") => Status::Expired,
            _ => Status::Unrecognised,
        }
    }

    /// Parses the channel of a verification, ignoring case. Returns `None` for unknown channels.
    fn parse_message_channel(&self) -> Option<Channel> {
        // The specification and recorded responses differ in case.
        let channel = self.channel.as_deref()?.to_ascii_lowercase();
        match channel.as_str() {
            "sms" => Some(Channel::Sms),
            "call" => Some(Channel::Call),
            _ => None,
        }
    }
}

/// The body of an error response (<https://www.twilio.com/docs/usage/twilios-response>).
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    code: Option<u32>,
    /// The message for developers. It is neither stored nor logged: its wording varies, and it may contain the phone
    /// number.
    message: Option<String>,
}

impl From<ErrorBody> for ErrorDetails {
    fn from(body: ErrorBody) -> Self {
        Self {
            code: body.code,
            parameter: body.find_invalid_parameter_in_message(),
        }
    }
}

impl ErrorBody {
    /// Finds the parameter in a message like ``Invalid parameter: To`` or ``Invalid parameter `To`: +1…``.
    ///
    /// `None` for other messages.
    fn find_invalid_parameter_in_message(&self) -> Option<Parameter> {
        let (_, rest) = self.message.as_deref()?.split_once("Invalid parameter")?;
        let name = rest.trim_start_matches([':', ' ', '`']);
        match name.split(|c: char| !c.is_ascii_alphabetic()).next()? {
            "" => None,
            "To" => Some(Parameter::To),
            "Code" => Some(Parameter::Code),
            _ => Some(Parameter::Other),
        }
    }
}
