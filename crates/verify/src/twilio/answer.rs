//! The bodies Twilio answers with. Nothing in them is required by its specification, so every field may be
//! missing or null, and what is not named here is passed over (verify-contract.md, section 2.1).

use serde::Deserialize;

use super::super::exchange::{Answer, Complaint, Parameter, Trouble};
use super::super::{
    CheckRequest, SendRequest, Sent, ServiceId, Transaction, Verdict, VerificationId, is_sid,
};
use domain::{Channel, PhoneNumber};

/// A verification, as create, check and update answer it
/// (<https://www.twilio.com/docs/verify/api/verification#verification-response-properties>).
///
/// A field given twice fails the parse: which of the two is meant nobody can say.
#[derive(Deserialize)]
pub(super) struct Body {
    sid: Option<String>,
    service_sid: Option<String>,
    to: Option<String>,
    channel: Option<String>,
    status: Option<String>,
    amount: Option<String>,
    payee: Option<String>,
}

/// Where a verification stands at Twilio (verify-contract.md, section 2.7).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Pending,
    Approved,
    Canceled,
    /// Too many wrong codes, or too many sends.
    MaxAttemptsReached,
    Deleted,
    Failed,
    Expired,
    /// Missing, or a word that is not in the documentation.
    Unrecognised,
}

impl Answer<Body> {
    /// A send's outcome. What is not about this very number at this very service, or is over already, is no
    /// proof that a code left.
    pub(super) fn sent(self, request: &SendRequest<'_>) -> Result<Sent, Trouble> {
        let body = &self.body;
        let ours = body.is_of(request.service)
            && body.is_to(request.to)
            && body.concerns(request.transaction);
        let live = matches!(body.status(), Status::Pending | Status::Unrecognised);
        let sid = body.sid.as_deref().filter(|sid| is_sid(sid, "VE"));
        match sid.and_then(VerificationId::parse) {
            Some(verification) if ours && live => Ok(Sent {
                verification,
                service: request.service.clone(),
                channel: body.channel().unwrap_or(request.channel),
            }),
            _ => Err(self.odd("the answer is not about a verification just started")),
        }
    }

    /// A check's outcome: approval by the word `approved` alone, about this very verification alone (OTP-04).
    /// `valid` is not looked at, being a legacy of Twilio's.
    pub(super) fn verdict(self, check: &CheckRequest<'_>) -> Result<Verdict, Trouble> {
        let body = &self.body;
        let ours = body.is_named(check.verification)
            && body.is_of(check.service)
            && body.is_to(check.to)
            && body.concerns(check.transaction);
        if !ours {
            return Err(self.odd("the answer is about another verification"));
        }
        match body.status() {
            Status::Approved => Ok(Verdict::Approved),
            Status::Pending => Ok(Verdict::Wrong),
            Status::Canceled | Status::Deleted | Status::Expired => Ok(Verdict::NoLiveVerification),
            Status::MaxAttemptsReached => Ok(Verdict::ChecksExhausted),
            Status::Failed | Status::Unrecognised => Err(self.odd("the status says nothing")),
        }
    }

    /// A cancellation's outcome.
    pub(super) fn canceled(self, service: &ServiceId, sid: &VerificationId) -> Result<(), Trouble> {
        let body = &self.body;
        let ours = body.is_named(sid) && body.is_of(service);
        if ours && body.status() == Status::Canceled {
            return Ok(());
        }
        Err(self.odd("the answer is not about the verification as cancelled"))
    }

    /// A text message's outcome: its name is all there is to check. `SM`, or `MM` where Twilio made
    /// it a multimedia message (<https://www.twilio.com/docs/messaging/api/message-resource>).
    pub(super) fn message(self) -> Result<(), Trouble> {
        let sid = self.body.sid.as_deref().unwrap_or_default();
        if is_sid(sid, "SM") || is_sid(sid, "MM") {
            return Ok(());
        }
        Err(self.odd("the answer is not about a message"))
    }

    fn odd(&self, cause: &'static str) -> Trouble {
        Trouble::unclear(Some(self.status), cause)
    }
}

impl Body {
    fn is_named(&self, sid: &VerificationId) -> bool {
        self.sid.as_deref() == Some(sid.as_str())
    }

    fn is_of(&self, service: &ServiceId) -> bool {
        self.service_sid.as_deref() == Some(service.as_str())
    }

    fn is_to(&self, number: &PhoneNumber) -> bool {
        self.to.as_deref() == Some(number.as_e164())
    }

    /// Whether the answer says nothing against this being about the payment, if there is one. It may be silent:
    /// Twilio ties amount and payee to the SID, and keeps them for a day only.
    fn concerns(&self, transaction: Option<&Transaction>) -> bool {
        let agrees =
            |said: &Option<String>, meant: &str| said.as_deref().is_none_or(|s| s == meant);
        transaction.is_none_or(|t| agrees(&self.amount, &t.amount) && agrees(&self.payee, &t.payee))
    }

    /// Matched to the letter: a word that is nearly `approved` is not it.
    fn status(&self) -> Status {
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

    /// In either case: the specification and recorded answers differ.
    fn channel(&self) -> Option<Channel> {
        let channel = self.channel.as_deref()?.to_ascii_lowercase();
        match channel.as_str() {
            "sms" => Some(Channel::Sms),
            "call" => Some(Channel::Call),
            _ => None,
        }
    }
}

/// An error's body (<https://www.twilio.com/docs/usage/twilios-response>).
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    code: Option<u32>,
    /// Its wording varies and it may hold the phone number, so it is neither kept nor logged.
    message: Option<String>,
}

impl From<ErrorBody> for Complaint {
    fn from(body: ErrorBody) -> Self {
        Self {
            code: body.code,
            parameter: body.parameter(),
        }
    }
}

impl ErrorBody {
    /// The parameter that ``Invalid parameter: To`` or ``Invalid parameter `To`: +1…`` complains about.
    fn parameter(&self) -> Option<Parameter> {
        let (_, rest) = self.message.as_deref()?.split_once("Invalid parameter")?;
        let name = rest.trim_start_matches([':', ' ', '`']);
        let end = name.find(|c: char| !c.is_ascii_alphabetic());
        match &name[..end.unwrap_or(name.len())] {
            "" => None,
            "To" => Some(Parameter::To),
            "Code" => Some(Parameter::Code),
            _ => Some(Parameter::Other),
        }
    }
}
