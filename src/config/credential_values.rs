//! Reads values that occur in the credentials of several providers.

use super::provider_kind::ProviderKind;
use super::reader::SettingsReader;
use verify::is_twilio_sid;

pub(super) const TWILIO_HINT: &str = "copy it from the Twilio console";
pub(super) const TELNYX_HINT: &str = "copy it from the Telnyx portal";

/// Returns `simulator_default` if the provider is the simulator.
///
/// For a real provider, reports that `setting` is missing, and returns an empty text.
pub(super) fn use_default_or_report_missing_setting(
    reader: &mut SettingsReader,
    kind: ProviderKind,
    setting: &'static str,
    simulator_default: &str,
    hint: &str,
) -> String {
    if kind.is_simulator() {
        return simulator_default.to_owned();
    }
    reader.report_setting_error(setting, "is not set", hint);
    String::new()
}

/// Returns both values or none. Reports an error if only one of two related settings is set.
pub(super) fn require_both_or_neither<A, B>(
    reader: &mut SettingsReader,
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
    // An invalid value already has its own error.
    reader.report_setting_error(
        missing,
        format!("is not set although {present} is"),
        "set both or neither",
    );
    None
}

/// Reads a Twilio identifier (SID) from a setting.
///
/// The error does not repeat the value, which may be a misplaced secret.
pub(super) fn read_twilio_sid(
    reader: &mut SettingsReader,
    name: &'static str,
    prefix: &str,
) -> Option<String> {
    let text = reader.read_text(name)?;
    if is_twilio_sid(&text, prefix) {
        return Some(text);
    }
    let problem = format!("is not {prefix} and 32 hexadecimal digits");
    reader.report_setting_error(name, problem, TWILIO_HINT);
    None
}
