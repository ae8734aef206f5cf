//! What a call does, from its fields to an answer: the four operations of Verify v2, and messages.
//! No waiting, no sockets: it is decided here in one step.

use http::StatusCode;
use rand::Rng;

use super::super::answer::Answer;
use super::super::faults::Operation;
use super::super::messages::Draft;
use super::super::provider::Acted;
use super::super::settings::{TwilioSettings, VerifyService};
use super::Call;
use super::PROVIDER;
use super::answer::{self, rated};
use super::auth::authenticate;
use super::errors::Refusal;
use super::events::Teller;
use super::form::{CreateForm, is_sid};
use super::magic::{self, Magic};
use super::state::{CheckRefused, FetchRefused, NewStatus, Target, Verdict, Verifications};
use super::text_message;
use super::verification::{Channel, Key, Rules, Standing, Verification};

/// Acts on a call at `now` (Unix milliseconds).
pub(super) fn act(
    settings: &TwilioSettings,
    world: &mut Verifications,
    call: &Call,
    now: i64,
    rng: &mut impl Rng,
) -> Acted {
    let account = settings.account_sid.as_str();
    let service = || admit(settings, call);
    let acted = match call.operation {
        Operation::Create => {
            service().and_then(|service| create(account, service, world, call, now, rng))
        }
        Operation::Check => {
            service().and_then(|service| check(settings, service, world, call, now, rng))
        }
        Operation::Update => {
            service().and_then(|service| update(account, service, world, call, now, rng))
        }
        Operation::Fetch => {
            service().and_then(|service| fetch(account, service, world, call, now).map(Acted::from))
        }
        Operation::Message => text_message::send(settings, call, now, rng),
    };
    acted.unwrap_or_else(|refusal| Answer::from(refusal).into())
}

/// Credentials first, then a body that is a form, then the service.
fn admit<'a>(settings: &'a TwilioSettings, call: &Call) -> Result<&'a VerifyService, Refusal> {
    authenticate(settings, call.authorization.as_deref())?;
    if !call.form.is_form {
        return Err(match call.operation {
            Operation::Update => Refusal::invalid("Status"),
            _ => Refusal::invalid_to(""),
        });
    }
    call.form.refuse_repeats()?;
    settings
        .service(&call.service)
        .ok_or_else(|| Refusal::not_found(&call.path))
}

fn create(
    account: &str,
    service: &VerifyService,
    world: &mut Verifications,
    call: &Call,
    now: i64,
    rng: &mut impl Rng,
) -> Result<Acted, Refusal> {
    let form = CreateForm::read(&call.form, service.psd2)?;
    let magic = magic::effect(form.to, form.channel, form.risk_check);
    match magic {
        Some(Magic::Unavailable) => return Ok(Answer::unavailable().into()),
        Some(Magic::Refuse(code)) => {
            let refusal = Refusal::of(code).about(&call.path, form.to, form.channel.name());
            // A magic 429 is over at once: nothing was counted.
            return Err(if refusal.http == 429 {
                refusal.retry_after(1)
            } else {
                refusal
            });
        }
        Some(Magic::RefuseChecks | Magic::Undelivered) | None => {}
    }
    let key = Key {
        service: service.sid.clone(),
        to: form.to.to_owned(),
        transaction: form.transaction.clone(),
    };
    let rules = Rules {
        code_length: service.code_length,
        lifetime_millis: i64::from(service.lifetime_secs) * 1000,
        refuses_checks: magic == Some(Magic::RefuseChecks),
    };
    let found = world
        .create(key, form.channel, rules, now, rng)
        .map_err(|refused| Refusal::of(60203).retry_after(refused.retry_after_secs))?;
    let body = answer::verification(account, found, "pending");
    let arrives = magic != Some(Magic::Undelivered);
    let message = arrives.then(|| draft(service, found, form.app_hash));
    let events = Teller {
        account,
        service,
        now,
        rng,
    }
    .message(found, arrives);
    let answer = Answer::json(StatusCode::CREATED, body).about(&found.sid);
    Ok(Acted {
        answer: rated(answer, 0, false),
        message,
        events,
    })
}

fn check(
    settings: &TwilioSettings,
    service: &VerifyService,
    world: &mut Verifications,
    call: &Call,
    now: i64,
    rng: &mut impl Rng,
) -> Result<Acted, Refusal> {
    let (to, sid) = (call.form.get("To"), call.form.get("VerificationSid"));
    if to.is_none() && sid.is_none() {
        return Err(Refusal::of(60221));
    }
    if to.is_some() {
        call.form.phone_number()?;
    }
    if sid.is_some_and(|sid| !is_sid(sid, "VE")) {
        return Err(Refusal::invalid("VerificationSid"));
    }
    let code = call.form.get("Code").unwrap_or_default();
    if !(4..=10).contains(&code.chars().count()) {
        return Err(Refusal::invalid("Code"));
    }
    let transaction = service.psd2.then(|| call.form.transaction()).transpose()?;
    let target = Target {
        service: &service.sid,
        sid,
        to,
        transaction,
    };
    let status = if settings.check_answers_201 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    match world.check(&target, code, now) {
        Ok((verdict, found)) => {
            // The fifth wrong code is still answered "pending"; only the next call meets the lock.
            let (shown, told) = match verdict {
                Verdict::Right => ("approved", Some("approved")),
                Verdict::Wrong if found.standing(now) == Standing::Exhausted => {
                    ("pending", Some("max-attempts-reached"))
                }
                Verdict::Wrong => ("pending", None),
            };
            let account = settings.account_sid.as_str();
            let body = answer::verification_check(account, found, shown);
            let mut teller = Teller {
                account,
                service,
                now,
                rng,
            };
            let told = told.map(|status| teller.verification(found, status));
            let answer = Answer::json(status, body).about(&found.sid);
            Ok(Acted::from(answer).telling(told.into_iter().collect()))
        }
        Err(CheckRefused::Exhausted { sid }) if !settings.exhausted_is_gone => {
            Ok(Answer::from(Refusal::of(60202)).about(sid).into())
        }
        Err(CheckRefused::Exhausted { .. } | CheckRefused::NotFound) => {
            Err(Refusal::not_found(&call.path))
        }
    }
}

fn update(
    account: &str,
    service: &VerifyService,
    world: &mut Verifications,
    call: &Call,
    now: i64,
    rng: &mut impl Rng,
) -> Result<Acted, Refusal> {
    let (shown, status) = match call.form.get("Status") {
        Some("canceled") => ("canceled", NewStatus::Canceled),
        Some("approved") => ("approved", NewStatus::Approved),
        _ => return Err(Refusal::invalid("Status")),
    };
    let found = world
        .update(&service.sid, &call.target, status, now)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    let body = answer::verification(account, found, shown);
    let told = Teller {
        account,
        service,
        now,
        rng,
    }
    .verification(found, shown);
    let answer = Answer::json(StatusCode::OK, body).about(&found.sid);
    Ok(Acted::from(answer).telling(vec![told]))
}

fn fetch(
    account: &str,
    service: &VerifyService,
    world: &mut Verifications,
    call: &Call,
    now: i64,
) -> Result<Answer, Refusal> {
    let found = world
        .fetch(&service.sid, &call.target, now)
        .map_err(|refused| match refused {
            FetchRefused::NotFound => Refusal::not_found(&call.path),
            FetchRefused::TooMany { retry_after_secs } => {
                Refusal::of(20429).retry_after(retry_after_secs)
            }
        })?;
    let shown = match found.standing(now) {
        Standing::Pending => "pending",
        Standing::Exhausted => "max_attempts_reached",
        Standing::Canceled => "canceled",
        Standing::Gone => return Err(Refusal::not_found(&call.path)),
    };
    let body = answer::verification(account, found, shown);
    Ok(Answer::json(StatusCode::OK, body).about(&found.sid))
}

/// The message of contract section 2.9.
fn draft(service: &VerifyService, found: &Verification, app_hash: Option<&str>) -> Draft {
    Draft {
        to: found.key.to.clone(),
        body: text(service, found, app_hash),
        code: Some(found.code.clone()),
        channel: found.channel.name(),
        provider: PROVIDER,
        service: Some(service.sid.clone()),
        verification: Some(found.sid.clone()),
    }
}

fn text(service: &VerifyService, found: &Verification, app_hash: Option<&str>) -> String {
    let name = &service.friendly_name;
    if found.channel == Channel::Call {
        let digits: Vec<String> = found.code.chars().map(String::from).collect();
        let spoken = digits.join(", ");
        return format!("Your {name} verification code is: {spoken}. Once again: {spoken}.");
    }
    let mut text = format!("Your {name} verification code is: {}", found.code);
    if let Some(payment) = &found.key.transaction {
        text = format!("{text} to pay {} to {}", payment.amount, payment.payee);
    }
    match app_hash {
        Some(hash) => format!("<#> {text} {hash}"),
        None => text,
    }
}
