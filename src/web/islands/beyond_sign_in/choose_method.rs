use leptos::prelude::*;

use crate::web::islands::dom;
use crate::web::islands::method_dialog::FactorMethodDialog;
use domain::routes;
use domain::{MethodOption, Purpose, ShownErrors};

/// Dialog in which a user chooses a second factor, as an island.
#[island]
pub fn ChooseMethod(
    purpose: Purpose,
    offered: Vec<MethodOption>,
    /// What the code will confirm, such as the amount and the recipient of a payment.
    quote: Option<String>,
    errors: ShownErrors,
) -> impl IntoView {
    let leave = move || match purpose {
        // The address names the payment. Another tab may have begun another one.
        Purpose::Payment => dom::reload_page(),
        _ => dom::go_to(routes::start_page(purpose)),
    };
    view! { <FactorMethodDialog purpose offered quote errors on_cancel=leave /> }
}
