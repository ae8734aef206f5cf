//! The bodies Telnyx answers with. Nothing in a verification is required by its specification, so every field
//! may be missing or null, and what is not named here is passed over (verify-contract.md, section 3.1): among
//! it the times, which have no zone and decide nothing here, and `custom_code`, which is no business of ours.

use serde::Deserialize;

use super::super::exchange::{Answer, Complaint, Object, Parameter, Trouble};
use super::super::{CheckRequest, SendRequest, Sent, ServiceId, Verdict, VerificationId, is_uuid};
use domain::{Channel, PhoneNumber};

/// A verification, as a create answers it
/// (<https://developers.telnyx.com/api-reference/verify/retrieve-verification>).
///
/// A field given twice fails the parse: which of the two is meant nobody can say.
#[derive(Deserialize)]
pub(super) struct Started {
    data: Object<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    id: Option<String>,
    verify_profile_id: Option<String>,
    phone_number: Option<String>,
    r#type: Option<String>,
    status: Option<String>,
}

/// What a check answers
/// (<https://developers.telnyx.com/api-reference/verify/verify-verification-code-by-id>).
#[derive(Deserialize)]
pub(super) struct Judged {
    data: Object<Response>,
}

#[derive(Deserialize)]
struct Response {
    phone_number: Option<String>,
    /// Two values are in the specification and two more in the guides; there may be others.
    response_code: Option<String>,
}

impl Answer<Started> {
    /// A send's outcome. What is not about this very number at this very profile, or is over already, is no
    /// proof that a code left.
    pub(super) fn sent(self, request: &SendRequest<'_>) -> Result<Sent, Trouble> {
        let Object(body) = &self.body.data;
        let ours = body.is_of(request.service) && is_to(body.phone_number.as_ref(), request.to);
        let id = body.id.as_deref().filter(|id| is_uuid(id));
        match id.and_then(VerificationId::parse) {
            Some(verification) if ours && body.is_live() => Ok(Sent {
                verification,
                service: request.service.clone(),
                channel: body.channel().unwrap_or(request.channel),
            }),
            _ => Err(Trouble::unclear(
                Some(self.status),
                "the answer is not about a verification just started",
            )),
        }
    }
}

impl Answer<Judged> {
    /// A check's outcome: approval by the word `accepted` alone, for this very number alone (OTP-04). The
    /// answer names no verification; the path of the request did.
    pub(super) fn verdict(self, check: &CheckRequest<'_>) -> Result<Verdict, Trouble> {
        let Object(body) = &self.body.data;
        let odd = |cause| Trouble::unclear(Some(self.status), cause);
        if !is_to(body.phone_number.as_ref(), check.to) {
            return Err(odd("the answer is about another number"));
        }
        // To the letter: a word that is nearly `accepted` is not it.
        match body.response_code.as_deref() {
            Some("accepted") => Ok(Verdict::Approved),
            Some("rejected") => Ok(Verdict::Wrong),
            Some("expired") => Ok(Verdict::NoLiveVerification),
            Some("max_attempts_exceeded") => Ok(Verdict::ChecksExhausted),
            _ => Err(odd("the response code says nothing")),
        }
    }
}

impl Verification {
    fn is_of(&self, profile: &ServiceId) -> bool {
        self.verify_profile_id.as_deref() == Some(profile.as_str())
    }

    /// Whether nothing says that it is over; a word that is not in the documentation does not.
    fn is_live(&self) -> bool {
        let over = ["accepted", "invalid", "expired", "error"];
        let status = self.status.as_deref();
        status.is_none_or(|status| !over.contains(&status))
    }

    fn channel(&self) -> Option<Channel> {
        Channel::from_name(self.r#type.as_deref()?)
    }
}

fn is_to(said: Option<&String>, number: &PhoneNumber) -> bool {
    said.map(String::as_str) == Some(number.as_e164())
}

/// An error's body (<https://developers.telnyx.com/development/api-fundamentals/api-errors>). Titles and
/// details are neither kept nor logged: they may hold the number, or the name of the key.
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    /// Digits, as text.
    code: Option<String>,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    /// A JSON pointer to the offending field.
    pointer: Option<String>,
}

impl From<ErrorBody> for Complaint {
    /// The first of several stands for all.
    fn from(body: ErrorBody) -> Self {
        let Some(first) = body.errors.into_iter().next() else {
            return Self::default();
        };
        let pointer = first.source.and_then(|source| source.pointer);
        Self {
            code: first.code.and_then(|code| code.parse().ok()),
            parameter: pointer.map(|pointer| match pointer.as_str() {
                "/phone_number" => Parameter::To,
                "/code" => Parameter::Code,
                _ => Parameter::Other,
            }),
        }
    }
}
