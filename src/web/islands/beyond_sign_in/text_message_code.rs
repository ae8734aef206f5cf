//! WebOTP: the browser offers the code of a text message that is bound to this site, and the page enters it after the
//! user's consent (<https://wicg.github.io/web-otp/>). `docs/decisions/web-otp.md` describes the message.

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, CredentialRequestOptions};

use super::code_field::CodeFieldState;
use domain::{Channel, CodeEntry};

thread_local! {
    /// Controller that aborts the running WebOTP request. A page has at most one request.
    static MESSAGE_REQUEST: Cell<Option<AbortController>> = const { Cell::new(None) };
}

/// Waits for the code of each text message and enters the code into the code field.
///
/// Calls `on_complete` if the code is complete. Does nothing in a browser without WebOTP. `closed` says whether the
/// flow has ended or the code has expired.
pub fn autofill_codes_of_text_messages(
    entry: RwSignal<CodeEntry>,
    closed: Memo<bool>,
    code: CodeFieldState,
    on_complete: impl Fn() + Copy + 'static,
) {
    // Identifies the message by the time of the next resend, which differs for each message.
    let message = Memo::new(move |_| {
        let entry = entry.read();
        let sent = entry.sent.as_ref()?;
        (sent.channel == Channel::Sms).then_some(sent.resend_at)
    });
    Effect::new(move || {
        if message.get().is_none() || closed.get() {
            return;
        }
        wait_for_web_otp_code(move |text| {
            if !closed.get_untracked() && code.apply_inserted_text(&text) {
                on_complete();
            }
        });
        let leaving = window_event_listener_untyped("pagehide", |_| abort_web_otp_request());
        on_cleanup(move || {
            abort_web_otp_request();
            leaving.remove();
        });
    });
}

/// Waits for the next text message that is bound to this site, and passes its code to `on_code`.
fn wait_for_web_otp_code(on_code: impl Fn(String) + 'static) {
    let Ok(controller) = AbortController::new() else {
        return;
    };
    let signal = controller.signal();
    let Some(answer) = start_web_otp_request(&signal) else {
        return;
    };
    MESSAGE_REQUEST.set(Some(controller));
    spawn_local(async move {
        // Without consent or a message, the request fails and the user types the code.
        let Ok(credential) = answer.await else {
            return;
        };
        let code = js_sys::Reflect::get(&credential, &JsValue::from_str("code"));
        if let Some(code) = code.ok().and_then(|code| code.as_string())
            && !signal.aborted()
        {
            on_code(code);
        }
    });
}

/// Aborts the running WebOTP request. Does nothing if no request is running.
fn abort_web_otp_request() {
    if let Some(controller) = MESSAGE_REQUEST.take() {
        controller.abort();
    }
}

/// Requests the code of the next text message from the browser by the WebOTP API.
///
/// Returns `None` in a browser without WebOTP.
fn start_web_otp_request(signal: &AbortSignal) -> Option<JsFuture> {
    let window = window();
    if !js_sys::Reflect::has(&window, &JsValue::from_str("OTPCredential")).unwrap_or(false) {
        return None;
    }
    let transports = js_sys::Array::of1(&JsValue::from_str("sms"));
    let otp = js_sys::Object::new();
    js_sys::Reflect::set(&otp, &JsValue::from_str("transport"), &transports).ok()?;
    let options = CredentialRequestOptions::new();
    options.set_signal(signal);
    js_sys::Reflect::set(&options, &JsValue::from_str("otp"), &otp).ok()?;
    let answer = window.navigator().credentials().get_with_options(&options);
    answer.ok().map(JsFuture::from)
}
