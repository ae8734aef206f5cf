//! What a call does, from its members to an answer. No waiting, no sockets: it is decided here in
//! one step.

use http::StatusCode;
use rand::Rng;
use serde_json::Value;

use super::super::answer::Answer;
use super::super::codes::{is_e164, spoken};
use super::super::faults::Operation;
use super::super::magic::Delivery;
use super::super::messages;
use super::super::provider::Acted;
use super::super::settings::{TelnyxSettings, VerifyProfile};
use super::answer::data;
use super::auth::authenticate;
use super::errors::Refusal;
use super::state::{CheckRefused, Verifications};
use super::verification::{Draft, Kind, Verification, is_uuid};
use super::{Call, PROVIDER, Target, answer, events, magic};

/// Acts on a call at `now` (Unix milliseconds).
pub(super) fn act(
    settings: &TelnyxSettings,
    world: &mut Verifications,
    call: &Call,
    now: i64,
    rng: &mut impl Rng,
) -> Acted {
    let admitted = authenticate(settings, call.authorization.as_deref());
    let number = number(world, &call.target);
    let magic = number.and_then(|number| magic::later(call.operation, number));
    let acted = admitted.and_then(|()| match (magic, call.operation, &call.target) {
        (Some(answer), ..) => Ok(answer.into()),
        (_, Operation::Create, Target::New(kind)) => create(settings, *kind, world, call, now, rng),
        (_, Operation::Check, target) => check(settings, target, world, call, now).map(Acted::from),
        (_, Operation::Fetch, Target::Id(id)) => fetch(world, id, now).map(Acted::from),
        (_, Operation::Fetch, Target::Number(number)) => list(world, number, now).map(Acted::from),
        _ => Err(Refusal::not_found()),
    });
    acted.unwrap_or_else(|refusal| Answer::from(refusal).into())
}

/// The number a call after the create is about.
fn number<'a>(world: &'a Verifications, target: &'a Target) -> Option<&'a str> {
    match target {
        Target::New(_) => None,
        Target::Id(id) => Some(&world.get(id)?.draft.phone_number),
        Target::Number(number) => Some(number),
    }
}

fn create(
    settings: &TelnyxSettings,
    kind: Kind,
    world: &mut Verifications,
    call: &Call,
    now: i64,
    rng: &mut impl Rng,
) -> Result<Acted, Refusal> {
    call.body.refuse_others()?;
    let asked = call.body.create(kind)?;
    let profile = settings.profile(asked.profile);
    let profile = profile.ok_or_else(Refusal::not_found)?;
    let magic = magic::of(asked.phone_number);
    if let Some(answer) = magic::on_create(magic) {
        return Ok(answer.into());
    }
    let draft = Draft {
        kind,
        phone_number: asked.phone_number.to_owned(),
        profile: profile.id.clone(),
        code_length: profile.code_length,
        timeout_secs: asked.timeout_secs.unwrap_or(profile.timeout_secs),
        custom_code: asked.custom_code.map(str::to_owned),
        extension: asked.extension.map(str::to_owned),
        max_wrong_checks: settings.max_wrong_checks,
    };
    let made = world.create(draft, now, rng);
    let delivery = Delivery::of(magic);
    let answer = data(&answer::verification(&made, now)).about(&made.id);
    Ok(Acted {
        answer,
        message: delivery.arrives().then(|| message(profile, &made)),
        events: events::of_message(&made, delivery, now, rng),
    })
}

fn check(
    settings: &TelnyxSettings,
    target: &Target,
    world: &mut Verifications,
    call: &Call,
    now: i64,
) -> Result<Answer, Refusal> {
    call.body.refuse_others()?;
    let by_id = matches!(target, Target::Id(_));
    let attempt = call.body.attempt(by_id)?;
    let id = match target {
        Target::Id(id) if is_uuid(id) => id.clone(),
        Target::Number(number) if is_e164(number) => {
            let profile = call.body.profile()?;
            let found = world.of_number(profile, number, now);
            found.ok_or_else(Refusal::not_found)?.to_owned()
        }
        Target::Number(_) => return Err(Refusal::of(10016)),
        Target::Id(_) | Target::New(_) => return Err(Refusal::not_found()),
    };
    let checked = world.check(&id, attempt, now);
    let (verdict, found) = checked.map_err(|refused| match refused {
        CheckRefused::NotFound => Refusal::not_found(),
        CheckRefused::NoCustomCode => Refusal::of(10015).at("/status"),
    })?;
    let number = &found.draft.phone_number;
    let judged = answer::judged(number, verdict, settings.expired_is_rejected);
    Ok(data(&judged).about(&found.id))
}

fn fetch(world: &Verifications, id: &str, now: i64) -> Result<Answer, Refusal> {
    let found = world.get(id).ok_or_else(Refusal::not_found)?;
    Ok(data(&answer::verification(found, now)).about(&found.id))
}

fn list(world: &Verifications, number: &str, now: i64) -> Result<Answer, Refusal> {
    if !is_e164(number) {
        return Err(Refusal::of(10016));
    }
    let found: Vec<Value> = world
        .list(number)
        .map(|one| answer::verification(one, now))
        .collect();
    Ok(Answer::json(StatusCode::OK, answer::list(&found)))
}

/// The default text of a profile (contract section 3.2).
fn message(profile: &VerifyProfile, made: &Verification) -> messages::Draft {
    let (name, code) = (&profile.app_name, &made.code);
    let body = match made.draft.kind {
        Kind::Sms | Kind::Whatsapp => format!("Your {name} verification code is: {code}."),
        Kind::Call => spoken(name, code),
        Kind::Flashcall => format!("A missed call from a number that ends in {code}."),
    };
    messages::Draft {
        to: made.draft.phone_number.clone(),
        body,
        code: Some(code.clone()),
        channel: made.draft.kind.name(),
        provider: PROVIDER,
        service: Some(profile.id.clone()),
        verification: Some(made.id.clone()),
    }
}
