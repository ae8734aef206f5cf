//! Reading single values of the providers' credentials.

use super::provider_kind::ProviderKind;
use super::reader::Reader;
use verify::is_sid;

pub(super) const TWILIO_HINT: &str = "copy it from the Twilio console";
pub(super) const TELNYX_HINT: &str = "copy it from the Telnyx portal";

/// The default of the simulator. With a real provider, reports that the setting is missing.
pub(super) fn simulator_default_or_error(
    read: &mut Reader,
    kind: ProviderKind,
    name: &'static str,
    default: &str,
    hint: &str,
) -> String {
    if kind.is_simulator() {
        return default.to_owned();
    }
    read.fault(name, "is not set", hint);
    String::new()
}

/// Two settings that are set together or not at all.
pub(super) fn both_or_neither<A, B>(
    read: &mut Reader,
    first: &'static str,
    a: Option<A>,
    second: &'static str,
    b: Option<B>,
) -> Option<(A, B)> {
    let (missing, present) = match (&a, &b) {
        (Some(_), None) => (second, first),
        (None, Some(_)) => (first, second),
        _ => return a.zip(b),
    };
    // An invalid value has an error of its own.
    read.fault(
        missing,
        format!("is not set although {present} is"),
        "set both or neither",
    );
    None
}

/// An identifier in Twilio's format. The error does not repeat the value, because it may be a misplaced secret.
pub(super) fn sid(read: &mut Reader, name: &'static str, prefix: &str) -> Option<String> {
    let text = read.text(name)?;
    if is_sid(&text, prefix) {
        return Some(text);
    }
    let wrong = format!("is not {prefix} and 32 hexadecimal digits");
    read.fault(name, wrong, TWILIO_HINT);
    None
}
