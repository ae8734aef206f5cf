//! What a call does, from its fields to an answer: the four operations of Verify v2, and messages.
//! No waiting, no sockets: it is decided here in one step.

use http::StatusCode;
use rand::Rng;

use super::super::answer::Answer;
use super::super::codes::spoken;
use super::super::faults::Operation;
use super::super::magic::Delivery;
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
use super::magic;
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
    let acted = if call.operation == Operation::Message {
        text_message::send(settings, call, now, rng)
    } else {
        admit(settings, call).and_then(|service| {
            let teller = Teller {
                settings,
                service,
                now,
                rng,
            };
            verify(teller, world, call)
        })
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

fn verify<R: Rng>(
    teller: Teller<'_, R>,
    world: &mut Verifications,
    call: &Call,
) -> Result<Acted, Refusal> {
    if call.operation == Operation::Create {
        return create(teller, world, call);
    }
    let number = number(world, call);
    if let Some(answer) = number.and_then(|to| magic::later(call.operation, to, &call.path)) {
        return Ok(answer.into());
    }
    match call.operation {
        Operation::Check => check(teller, world, call),
        Operation::Update => update(teller, world, call),
        _ => fetch(&teller, world, call).map(Acted::from),
    }
}

/// The number a call after the create is about: given in it, or that of the verification it names.
fn number<'a>(world: &'a Verifications, call: &'a Call) -> Option<&'a str> {
    let given = call.form.get("VerificationSid").or(call.form.get("To"));
    let given = given.unwrap_or(&call.target);
    if given.starts_with('+') {
        Some(given)
    } else {
        world.number_of(given)
    }
}

fn create<R: Rng>(
    mut teller: Teller<'_, R>,
    world: &mut Verifications,
    call: &Call,
) -> Result<Acted, Refusal> {
    let (settings, service) = (teller.settings, teller.service);
    let form = CreateForm::read(&call.form, service.psd2)?;
    let magic = magic::of(form.to);
    if let Some(answer) = magic::on_create(magic, &form, &call.path) {
        return Ok(answer.into());
    }
    let key = Key {
        service: service.sid.clone(),
        to: form.to.to_owned(),
        transaction: form.transaction,
    };
    if magic.is_some() {
        world.set_aside(&key);
    }
    let rules = Rules {
        code_length: service.code_length,
        lifetime_millis: i64::from(service.lifetime_secs) * 1000,
        exhausted_is_gone: settings.exhausted_is_gone,
    };
    let found = world
        .create(key, form.sending, rules, teller.now, teller.rng)
        .map_err(|refused| Refusal::of(60203).retry_after(refused.retry_after_secs))?;
    let body = answer::verification(settings, found, "pending");
    let answer = Answer::json(StatusCode::CREATED, body).about(&found.sid);
    let delivery = Delivery::of(magic);
    Ok(Acted {
        answer: rated(answer, 0, false),
        message: delivery
            .arrives()
            .then(|| draft(service, found, form.app_hash)),
        events: teller.message(found, delivery),
    })
}

fn check<R: Rng>(
    mut teller: Teller<'_, R>,
    world: &mut Verifications,
    call: &Call,
) -> Result<Acted, Refusal> {
    let settings = teller.settings;
    let (target, code) = attempt(teller.service, call)?;
    match world.check(&target, code, teller.now) {
        Ok((verdict, found)) => {
            // The fifth wrong code is still answered "pending"; only the next call meets the lock.
            let (shown, told) = match verdict {
                Verdict::Right => ("approved", Some("approved")),
                Verdict::Wrong if found.is_exhausted() => ("pending", Some("max-attempts-reached")),
                Verdict::Wrong => ("pending", None),
            };
            let status = if settings.check_answers_201 {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            let body = answer::verification_check(settings, found, shown);
            let answer = Answer::json(status, body).about(&found.sid);
            let told = told.map(|status| teller.verification(found, status));
            Ok(Acted::from(answer).telling(told.into_iter().collect()))
        }
        Err(CheckRefused::Exhausted { sid }) => {
            Ok(Answer::from(Refusal::of(60202)).about(sid).into())
        }
        Err(CheckRefused::NotFound) => Err(match (target.sid, target.to) {
            (None, Some(to)) if settings.nothing_pending_is_400 => Refusal::invalid_to(to),
            _ => Refusal::not_found(&call.path),
        }),
    }
}

/// What a check is of, and the code to be checked.
fn attempt<'a>(
    service: &'a VerifyService,
    call: &'a Call,
) -> Result<(Target<'a>, &'a str), Refusal> {
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
    let target = Target {
        service: &service.sid,
        sid,
        to,
        transaction: service.psd2.then(|| call.form.transaction()).transpose()?,
    };
    Ok((target, code))
}

fn update<R: Rng>(
    mut teller: Teller<'_, R>,
    world: &mut Verifications,
    call: &Call,
) -> Result<Acted, Refusal> {
    let (shown, status) = match call.form.get("Status") {
        Some("canceled") => ("canceled", NewStatus::Canceled),
        Some("approved") => ("approved", NewStatus::Approved),
        _ => return Err(Refusal::invalid("Status")),
    };
    let found = world
        .update(&teller.service.sid, &call.target, status, teller.now)
        .ok_or_else(|| Refusal::not_found(&call.path))?;
    let body = answer::verification(teller.settings, found, shown);
    let answer = Answer::json(StatusCode::OK, body).about(&found.sid);
    Ok(Acted::from(answer).telling(vec![teller.verification(found, shown)]))
}

fn fetch<R: Rng>(
    teller: &Teller<'_, R>,
    world: &mut Verifications,
    call: &Call,
) -> Result<Answer, Refusal> {
    let found = world
        .fetch(&teller.service.sid, &call.target, teller.now)
        .map_err(|refused| match refused {
            FetchRefused::NotFound => Refusal::not_found(&call.path),
            FetchRefused::TooMany { retry_after_secs } => {
                Refusal::of(20429).retry_after(retry_after_secs)
            }
        })?;
    let shown = match found.standing(teller.now) {
        Standing::Pending => "pending",
        Standing::Exhausted => "max_attempts_reached",
        Standing::Canceled => "canceled",
        Standing::Gone => return Err(Refusal::not_found(&call.path)),
    };
    let body = answer::verification(teller.settings, found, shown);
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
    let (name, code) = (&service.friendly_name, &found.code);
    if found.channel == Channel::Call {
        return spoken(name, code);
    }
    let mut text = format!("Your {name} verification code is: {code}");
    if let Some(payment) = &found.key.transaction {
        text = format!("{text} to pay {} to {}", payment.amount, payment.payee);
    }
    match app_hash {
        Some(hash) => format!("<#> {text} {hash}"),
        None => text,
    }
}
