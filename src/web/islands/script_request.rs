use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CustomEvent, CustomEventInit, EventTarget};

/// Dispatches an event to `target` that a plain script of the page handles, and waits for the answer of the script.
///
/// The detail of the event is `value` and a function that receives the answer. Returns `None` if the answer is empty,
/// or if no script handles the event.
pub async fn request_answer_from_script(
    target: &EventTarget,
    event_name: &str,
    value: &str,
) -> Option<String> {
    let answer = Promise::new(&mut |done, _| {
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        init.set_detail(&Array::of2(&value.into(), &done));
        let event = CustomEvent::new_with_event_init_dict(event_name, &init);
        // The script prevents the default action of events that it handles.
        let is_handled = event.is_ok_and(|event| target.dispatch_event(&event) == Ok(false));
        if !is_handled {
            let _ = done.call1(&JsValue::UNDEFINED, &JsValue::from_str(""));
        }
    });
    let answer = JsFuture::from(answer).await.ok()?.as_string()?;
    (!answer.is_empty()).then_some(answer)
}
