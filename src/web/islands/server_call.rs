//! Client of the server functions: sends the request of a plain form and parses the JSON response.

use std::cell::Cell;

use gloo_timers::callback::Timeout;
use leptos::server_fn::ServerFn as _;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, FormData, HtmlFormElement, RequestInit, Response, UrlSearchParams,
};

use super::flow_id::page_flow_id;
use super::script_request::request_answer_from_script;
use super::texts::texts;
use crate::web::server_fns::verification;
use domain::{Purpose, ShownAnswer, ShownErrors, Timestamp};

/// Milliseconds until a request without an answer counts as failed. A slow provider answers earlier.
const ANSWER_TIMEOUT_MS: u32 = 30_000;

/// Kind of a request to the server, which selects the error message for a missing response.
#[derive(Clone, Copy)]
pub enum CallKind {
    ChecksCode,
    SendsCode,
    Other,
}

/// Prepared POST request to a server function.
#[derive(Clone)]
pub struct ServerCall {
    path: String,
    kind: CallKind,
    /// Form values; `None` only in a browser that cannot encode a form.
    values: Option<UrlSearchParams>,
}

impl ServerCall {
    /// Creates a request to the server function at `path` about a verification flow.
    ///
    /// The form data is the purpose of the flow and the flow ID of the page. [`Self::with_form_value`] adds further
    /// values.
    pub fn new(path: &str, purpose: Purpose) -> Self {
        let call = Self {
            path: path.to_owned(),
            kind: CallKind::Other,
            values: UrlSearchParams::new().ok(),
        };
        let call = call.with_form_value("purpose", purpose.as_str());
        match page_flow_id() {
            Some(id) => call.with_form_value("flow_id", &id),
            None => call,
        }
    }

    /// Creates the request that the browser would send for this form without a script.
    pub fn from_form(form: &HtmlFormElement, kind: CallKind) -> Self {
        let data = FormData::new_with_form(form).ok();
        // `URLSearchParams` accepts any sequence of pairs, and `FormData` is a sequence of pairs.
        let encode = |data: FormData| UrlSearchParams::new_with_str_sequence_sequence(&data).ok();
        Self {
            path: form.get_attribute("action").unwrap_or_default(),
            kind,
            values: data.and_then(encode),
        }
    }

    /// Sets the kind of the request, which selects the error message for a missing response.
    pub fn with_kind(self, kind: CallKind) -> Self {
        Self { kind, ..self }
    }

    /// Sets the value of the form field `name` in the request.
    pub fn with_form_value(self, name: &str, value: &str) -> Self {
        if let Some(values) = &self.values {
            values.set(name, value);
        }
        self
    }

    /// Returns the value of the form field `name` in the request; `None` without this field.
    pub fn form_value(&self, name: &str) -> Option<String> {
        self.values.as_ref()?.get(name)
    }

    /// Sends the request and parses the response. A failed request gives an error for the form as a whole.
    pub async fn request_answer(&self) -> Result<ShownAnswer, ShownErrors> {
        /// JSON response of a server function, with the only field that the browser reads.
        #[derive(serde::Deserialize)]
        struct AnswerBody {
            shown: ShownAnswer,
        }
        let text = self.send_request_and_read_body().await?;
        serde_json::from_str(&text)
            .map(|AnswerBody { shown }| shown)
            .map_err(|_| self.no_valid_response_error())
    }

    /// Sends the request and returns the text in the response.
    ///
    /// `None` if the server function returned no text, or failed.
    pub async fn send_request_and_read_returned_text(&self) -> Option<String> {
        let answer = self.send_request_and_read_body().await.ok()?;
        js_sys::JSON::parse(&answer).ok()?.as_string()
    }

    /// Sends the request and returns the body of a successful response, or of one that names a reached limit.
    async fn send_request_and_read_body(&self) -> Result<String, ShownErrors> {
        let abort = AbortController::new().ok();
        let signal = abort.as_ref().map(AbortController::signal);
        // The timer stops when it is dropped.
        let _timer = abort.map(|abort| Timeout::new(ANSWER_TIMEOUT_MS, move || abort.abort()));
        let response = self
            .send_with_fetch_api(signal.as_ref())
            .await
            .ok_or_else(|| self.no_valid_response_error())?;
        if !response.ok() && response.status() != 429 {
            return Err(self.failed_response_error(&response));
        }
        let body = response
            .text()
            .map_err(|_| self.no_valid_response_error())?;
        let text = JsFuture::from(body)
            .await
            .map_err(|_| self.no_valid_response_error())?;
        text.as_string()
            .ok_or_else(|| self.no_valid_response_error())
    }

    /// Sends the request with the browser's fetch API; `None` if the network failed, or if `signal` ended the request.
    async fn send_with_fetch_api(&self, signal: Option<&AbortSignal>) -> Option<Response> {
        let request = RequestInit::new();
        request.set_signal(signal);
        request.set_method("POST");
        request.set_body(self.values.as_ref()?);
        let headers = web_sys::Headers::new().ok()?;
        headers.set("accept", "application/json").ok()?;
        request.set_headers(&headers);
        let answer = leptos::prelude::window().fetch_with_str_and_init(&self.path, &request);
        JsFuture::from(answer).await.ok()?.dyn_into().ok()
    }

    /// Returns the error for a call without a valid response.
    ///
    /// The network failed, or the response is not from this application.
    fn no_valid_response_error(&self) -> ShownErrors {
        let texts = &texts().failed_calls;
        let text = match self.kind {
            CallKind::ChecksCode => texts.check_without_answer,
            CallKind::SendsCode => texts.send_without_answer,
            CallKind::Other => texts.no_answer,
        };
        ShownErrors::for_form(text.to_owned())
    }

    /// Returns the error for an HTTP response with an error status.
    fn failed_response_error(&self, response: &Response) -> ShownErrors {
        let header = |name| response.headers().get(name).ok().flatten();
        let wait = header("retry-after").and_then(|secs| secs.parse::<u64>().ok());
        // A proxy can send an error too.
        let is_ours = header("serverfnerror").is_some();
        let texts = &texts().failed_calls;
        match (response.status(), wait) {
            (503, Some(secs)) => ShownErrors::for_form(texts.overloaded.fill_placeholder(secs)),
            (400, _) if is_ours => ShownErrors::for_form(texts.bad_request.to_owned()),
            _ if is_ours => ShownErrors::for_form(texts.internal.to_owned()),
            _ => self.no_valid_response_error(),
        }
    }
}

thread_local! {
    /// Whether the user cancels the flow of this page, until [`end_cancellation`].
    static CANCELLING: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether the user is cancelling a flow of this page, or leaves the page after the cancellation.
///
/// The answers to earlier requests of the flow then change nothing on the page.
pub fn is_cancelling_flow() -> bool {
    CANCELLING.get()
}

/// Ends the effect of [`cancel_flow`] on a page that stays open, on which the user can begin another flow.
pub fn end_cancellation() {
    CANCELLING.set(false);
}

/// Event to `public/hydrate.js`, which cancels a verification flow.
const CANCEL_EVENT: &str = "verification:cancel";

/// Cancels this browser's verification flow, and waits for the answer of the server for at most 1.5 seconds.
///
/// `public/hydrate.js` repeats a request that fails or is not answered, also while the user leaves the page.
///
/// If the page stays open, the caller must call [`end_cancellation`].
pub async fn cancel_flow(purpose: Purpose) {
    let mut form_values = "purpose=".to_owned() + purpose.as_str();
    if let Some(id) = page_flow_id() {
        form_values += "&flow_id=";
        form_values += &id;
    }
    let window = leptos::prelude::window();
    CANCELLING.set(true);
    request_answer_from_script(&window, CANCEL_EVENT, &form_values).await;
}

/// Reports to the server that this page of a verification flow is still open.
///
/// Returns the server's time of the report, or `None` if the flow has ended. Fails if the server has not accepted the
/// report.
pub async fn report_open_flow_page(purpose: Purpose) -> Result<Option<Timestamp>, ShownErrors> {
    let call = ServerCall::new(verification::ReturnTo::PATH, purpose);
    let body = call.send_request_and_read_body().await?;
    let time = serde_json::from_str::<Option<String>>(&body)
        .map_err(|_| call.no_valid_response_error())?;
    Ok(time
        .and_then(|time| time.parse().ok())
        .map(Timestamp::from_millis))
}
